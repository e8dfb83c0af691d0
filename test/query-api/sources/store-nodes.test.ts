/** Nodes, memory and times of the store, read from what engines say; and what of it strangers are told. */
import { describe, expect, test } from 'vitest'
import { callTimes, memoryKinds } from '../../../query-api/service/store-figures.ts'
import { nodesOf, slotsOf } from '../../../query-api/service/store-nodes.ts'
import { nodeNames, processName, toldEvent } from '../../../query-api/service/told.ts'
import { KeyKinds, kindOfKey, type KeyKind } from '../../../store/key-kinds.ts'

const info = (more: readonly string[]): string =>
  ['redis_version:7.2.4', 'valkey_version:9.1.2', 'used_memory:1000', 'maxmemory:4000', ...more].join('\r\n')

const shard = (slots: number[], nodes: [port: number, role: string, health: string][]): unknown[] => [
  'slots',
  slots,
  'nodes',
  nodes.map(([port, role, health]) => [
    'id',
    `n${port}`,
    'port',
    port,
    'ip',
    '10.0.0.7',
    'endpoint',
    '10.0.0.7',
    'role',
    role,
    'replication-offset',
    5,
    'health',
    health,
  ]),
]

describe('nodes', () => {
  const shards = [
    shard(
      [8192, 16383],
      [
        [7003, 'master', 'online'],
        [7004, 'replica', 'failed'],
      ],
    ),
    shard(
      [0, 8000, 8002, 8191],
      [
        [7001, 'master', 'online'],
        [7002, 'replica', 'online'],
      ],
    ),
    shard([], [[7005, 'master', 'failed']]),
  ]
  const nodes = nodesOf(
    [
      { node: '10.0.0.7:7003', info: info(['cluster_enabled:1']), appendfsync: null, overUs: null },
      {
        node: '10.0.0.7:7001',
        info: info([
          'cluster_enabled:1',
          'availability_zone:b',
          'uptime_in_seconds:60',
          'master_repl_offset:500',
          'slave0:ip=10.0.0.7,port=7002,state=online,offset=420,lag=1,type=replica',
          'aof_enabled:1',
          'aof_last_write_status:err',
        ]),
        appendfsync: 'always',
        overUs: null,
      },
    ],
    shards,
    100_000,
  )

  test('primaries in the order of their slots, each before its replicas; who lost its slots is last', () => {
    expect(nodes.map(({ node, role, shard: at, state }) => [node, role, at, state])).toEqual([
      ['10.0.0.7:7001', 'primary', 1, 'up'],
      ['10.0.0.7:7002', 'replica', 1, 'up'],
      ['10.0.0.7:7003', 'primary', 2, 'up'],
      ['10.0.0.7:7004', 'replica', 2, 'down'],
      ['10.0.0.7:7005', 'replica', null, 'down'],
    ])
    expect(slotsOf(shards)).toBe(16_383)
  })

  test('what is told is read, what is not told is null', () => {
    expect(nodes[0]).toMatchObject({
      slots: [
        [0, 8000],
        [8002, 8191],
      ],
      zone: 'b',
      engine: 'valkey 9.1.2',
      startedMs: 40_000,
      callsPerS: null,
      disk: { isOn: true, durability: 'strict', isOk: false, fileBytes: null },
    })
    expect(nodes[1]).toMatchObject({ lagBytes: 80, heardMs: 1000, usedBytes: null })
    expect(nodes[2]).toMatchObject({ zone: null, disk: null, startedMs: null })
  })

  test('what a replica tells of itself stands beside what its primary says of it; of others it is not known', () => {
    const primary = {
      node: 'h:1',
      info: info([
        'slave0:ip=h,port=2,state=online,offset=1,lag=0',
        'slave1:ip=h,port=3,state=online,offset=1,lag=0',
        'master_repl_offset:5',
      ]),
      appendfsync: null,
      overUs: null,
    }
    const copy = {
      node: 'h:2',
      info: info(['db0:keys=7,expires=0', 'connected_clients:3']),
      appendfsync: null,
      overUs: null,
    }
    const [, told, untold] = nodesOf([primary], null, 0, [copy, { ...copy, node: 'h:1' }])
    expect(told).toMatchObject({
      role: 'replica',
      state: 'up',
      lagBytes: 4,
      usedBytes: 1000,
      keys: 7,
      clients: 3,
    })
    expect(untold).toMatchObject({ role: 'replica', state: 'up', lagBytes: 4, usedBytes: null, keys: null })
  })

  test('a store that is no cluster has no slots, and what is no reply is none', () => {
    const [one] = nodesOf(
      [{ node: 'h:1', info: info([]), appendfsync: null, overUs: null }],
      new Error('refused'),
      0,
    )
    expect(one).toMatchObject({ node: 'h:1', shard: 1, slots: null })
  })
})

describe('figures', () => {
  const memory = ['used_memory_dataset:700', 'mem_clients_normal:50', 'mem_replication_backlog:100']
  test('kinds of memory add up to what is in use; one server that does not tell makes them unknown', () => {
    const kinds = memoryKinds([info(memory), info(memory)], null)!
    expect(Object.fromEntries(kinds.map(({ kind, bytes }) => [kind, bytes]))).toEqual({
      data: 1400,
      replication: 200,
      clients: 100,
      server: 300,
    })
    expect(memoryKinds([info(memory), info([])], null)).toBeNull()
  })

  test('keys of Tidemark by what they hold: what is left of the data are other keys, and no sum is above it', () => {
    const of = (cells: number, names: number, hasOthers: boolean): unknown => {
      const bytes = new Map<KeyKind, number>([
        ['cells', cells],
        ['names', names],
      ])
      const kinds = memoryKinds([info(memory)], { bytes, share: 1, hasOthers })!
      return Object.fromEntries(kinds.map(({ kind, bytes: held }) => [kind, held]))
    }
    const rest = { replication: 100, clients: 50, server: 150 }
    expect(of(400, 200, true)).toEqual({ cells: 400, names: 200, 'other keys': 100, ...rest })
    expect(of(1000, 400, true)).toEqual({ cells: 500, names: 200, ...rest })
    expect(of(400, 200, false)).toEqual({ cells: 467, names: 233, ...rest })
    expect(memoryKinds([info(memory)], { bytes: new Map(), share: 1, hasOthers: true })).toContainEqual({
      kind: 'data',
      bytes: 700,
    })
  })

  test('a replica that does not speak is down, though its primary still keeps its connection', () => {
    const replica = (lag: number): unknown =>
      nodesOf(
        [
          {
            node: 'h:1',
            info: info([`slave0:ip=h,port=2,state=online,offset=1,lag=${lag}`, 'master_repl_offset:5']),
            appendfsync: null,
            overUs: null,
          },
        ],
        null,
        0,
      )[1]?.state
    expect([replica(1), replica(20)]).toEqual(['up', 'down'])
  })

  test.each([
    ['tm:{clicks/0~ec}:g3:c:["a"]:1m:0.5', 'cells'],
    ['tm:{clicks/0~ec}:g3:z:m:b:1d:5', 'rankings'],
    ['tm:{clicks/0~ec}:g3:i:first', 'ids'],
    ['tm:{clicks/0~ec}:g3:facts:sessions', 'facts'],
    ['tm:{clicks/0~ec}:g3:pos', 'positions and notes'],
    ['tm:{clicks}:catalog', 'positions and notes'],
    ['tm:events', 'positions and notes'],
    ['tm:{a}:g1:constructor', 'positions and notes'],
    ['app:{x}:g1:c:1', null],
  ])('%s holds %s', (key, kind) => {
    expect(kindOfKey(key)).toBe(kind)
  })

  test('a pass over the keys: what it found stands until the next one ends; one that breaks off begins anew', async () => {
    const kinds = new KeyKinds()
    const found = (): unknown =>
      kinds.found && [[...kinds.found.bytes], kinds.found.share, kinds.found.hasOthers]
    const pages = (bytes: number, isBroken = false) =>
      async function* () {
        yield { keys: [{ key: 'tm:{a}:g1:c:x', bytes }], own: 400, passed: 400, all: 800 }
        if (isBroken) throw new Error('away')
        yield {
          keys: [
            { key: 'tm:{a}:g1:c:y', bytes },
            { key: 'app:x', bytes: 99 },
          ],
          own: 400,
          passed: 500,
          all: 800,
        }
      }
    expect(found()).toBe(null)
    await expect(kinds.step(pages(5, true))).rejects.toThrow('away')
    expect(found()).toEqual([[['cells', 10]], 0.5, false])
    await kinds.step(pages(7))
    expect(found()).toEqual([[['cells', 14]], 1, true])
    await expect(kinds.step(pages(5, true))).rejects.toThrow('away')
    expect(found()).toEqual([[['cells', 14]], 1, true])
    await kinds.step(pages(9))
    expect(found()).toEqual([[['cells', 18]], 1, true])
  })

  test('calls of all servers, the most time first; percentiles of the slowest', () => {
    const stats = (calls: number, p99: number): string =>
      `cmdstat_fcall:calls=${calls},usec=${calls * 100},usec_per_call=100.00\r\ncmdstat_config|get:calls=1,usec=3\r\nlatency_percentiles_usec_fcall:p50=90.5,p99=${p99},p99.9=900\r\n`
    expect(callTimes([stats(10, 200), stats(30, 150)])).toEqual([
      { command: 'fcall', calls: 40, meanUs: 100, p50Us: 90.5, p99Us: 200 },
      { command: 'config get', calls: 2, meanUs: 3, p50Us: null, p99Us: null },
    ])
    expect(callTimes(['', '# Commandstats\r\n'])).toBeNull()
  })
})

describe('strangers', () => {
  const told = { address: null }
  const nameOf = nodeNames(told, ['10.0.0.7:7001', '10.0.0.7:7002'])
  const event = (kind: string, text: string, by: string) => ({ id: '1-0', atMs: 1, kind, text, by })

  test.each([
    ['node', '10.0.0.7:7002 was started again', 'serve box.internal 7', 'node 2 was started again', 'serve'],
    [
      'node',
      'db.internal:6379 is a primary of the store now',
      'ingest b 7',
      'a node is a primary of the store now',
      'ingest',
    ],
    [
      'act',
      'backup x was restored from s3://secret',
      'jon@box.internal',
      'an operator acted on the store',
      'an operator',
    ],
    ['backup failed', '/srv/backups: no space', 'serve b 1', 'a backup failed', 'serve'],
    [
      'backup',
      'backup 20261127T093117Z-01b0 in s3://secret: 10 keys',
      'serve b 1',
      'backup 20261127T093117Z-01b0 was made',
      'serve',
    ],
    ['made up later', '10.0.0.7', 'x', 'made up later', 'an operator'],
  ])('are told of %s no address, no place and no person', (kind, text, by, says, who) => {
    expect(toldEvent(told, event(kind, text, by), nameOf)).toMatchObject({ text: says, by: who })
    const own = { address: 'redis://10.0.0.7:7001' }
    expect(toldEvent(own, event(kind, text, by), nodeNames(own, []))).toMatchObject({ text, by })
    expect(processName(own, by)).toBe(by)
  })
})
