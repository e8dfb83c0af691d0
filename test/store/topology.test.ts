import { describe, expect, test } from 'vitest'
import {
  knownIds,
  openSlots,
  parseClusterNodes,
  SLOTS,
  slotCount,
} from '../../store/topology/cluster-nodes.ts'
import { agree, shardRange } from '../../store/topology/form-cluster.ts'
import { placeNodes, zoneOfReplica } from '../../store/topology/placement.ts'
import { upgradeFault, type EngineVersion } from '../../store/engine-version.ts'
import { refuseScale } from '../../store/topology/scale-refusal.ts'
import { nodeSettings } from '../../embedded/local-stores.ts'
import { planMoves, slotsOf } from '../../store/topology/plan-moves.ts'

const primary = (id: string, ...slots: [number, number][]) => ({ id, slots })

describe('zones', () => {
  test.each([
    [3, 1, 'abc'],
    [4, 2, 'abc'],
    [5, 3, 'ab'],
    [2, 4, 'abcd'],
  ])('%i shards of %i replicas in %s: no replica beside its primary', (shards, replicas, letters) => {
    const nodes = placeNodes(shards, replicas, [...letters])
    expect(nodes).toHaveLength(shards * (replicas + 1))
    for (const { shard, zone, isReplica } of nodes)
      if (isReplica) expect(zone).not.toBe(nodes.find((one) => one.shard === shard && !one.isReplica)!.zone)
  })

  test('one zone is all there is', () => expect(zoneOfReplica(['a'], 'a', [])).toBe('a'))

  test('the replicas of a primary go to different zones first', () =>
    expect([[], ['c'], ['c', 'a'], ['a']].map((taken) => zoneOfReplica(['a', 'b', 'c'], 'b', taken))).toEqual(
      ['c', 'a', 'c', 'c'],
    ))
})

describe('scale is refused', () => {
  const fine = {
    wish: { shards: 3, replicas: 1 },
    zones: ['a', 'b'],
    usedBytes: 100 * 2 ** 20,
    nodeBytes: 100 * 2 ** 20,
    machineBytes: 1000 * 2 ** 20,
    nodes: 6,
  }
  test.each([
    [{}, null],
    [
      { wish: { shards: 3, replicas: 2 } },
      /3 copies of each key need as many zones, and there are 2 \(a, b\)/,
    ],
    [{ wish: { shards: 3, replicas: 2 }, zones: ['a'] }, null],
    [{ wish: { shards: 1, replicas: 1 } }, /1 shards of 100 MB have no room for the 100 MB/],
    [
      { wish: { shards: 6, replicas: 1 } },
      /12 nodes of 100 MB may take 1200 MB, and this machine has 1000 MB/,
    ],
    // Fewer are no more, whatever the machine has.
    [{ wish: { shards: 2, replicas: 1 }, machineBytes: 0 }, null],
  ])('%j', (change, sentence) => {
    const fault = refuseScale({ ...fine, ...change })
    if (sentence === null) expect(fault).toBe(null)
    else expect(fault).toMatch(sentence)
  })
})

describe('an upgrade is refused', () => {
  const engine = (text: string): EngineVersion => {
    const [family, version] = text.split(' ') as [EngineVersion['family'], string]
    return { family, version }
  }
  test.each([
    ['redis 7.0.15', 'valkey 9.1.2', null],
    ['redis 7.0.15', 'valkey 8.0.1', null],
    ['valkey 8.0.1', 'valkey 9.1.2', null],
    ['valkey 9.1.2', 'valkey 9.1.1', null],
    ['valkey 8.1.0', 'redis 7.2.4', null],
    ['valkey 9.1.2', 'valkey 8.1.3', /Valkey 8.1.3 is older than Valkey 9.1.2.*an engine does not go back/],
    ['valkey 9.1.2', 'redis 7.0.15', /Redis 7.0.15 cannot read the files of Valkey 9.1.2.*store import/],
    ['redis 7.4.1', 'valkey 9.1.2', /Valkey 9.1.2 cannot read the files of Redis 7.4.1/],
    ['redis 7.2.0', 'redis 7.0.15', /is older than/],
    ['redis 7.0.15', 'redis 6.2.0', /Redis 6.2.0 is too old: 7.0 or newer is needed/],
  ])('from %s to %s', (from, to, sentence) => {
    const fault = upgradeFault(engine(from), engine(to))
    if (sentence === null) expect(fault).toBe(null)
    else expect(fault).toMatch(sentence)
  })
})

describe('slots', () => {
  test('the shards of a new cluster have all of them, each once', () => {
    for (const shards of [1, 3, 7]) {
      const ranges = Array.from({ length: shards }, (_, shard) => shardRange(shard, shards))
      expect(ranges[0]![0]).toBe(0)
      expect(ranges.at(-1)![1]).toBe(SLOTS - 1)
      for (let at = 1; at < shards; at++) expect(ranges[at]![0]).toBe(ranges[at - 1]![1] + 1)
    }
  })

  test('a shard more gets its share, and nothing else moves', () => {
    const before = [0, 1, 2].map((shard) => primary(`p${shard}`, [...shardRange(shard, 3)]))
    const moves = planMoves([...before, primary('p3')], ['p0', 'p1', 'p2', 'p3'])
    expect(moves.every(({ to }) => to === 'p3')).toBe(true)
    expect(moves.reduce((sum, move) => sum + slotsOf(move), 0)).toBe(SLOTS / 4)
  })

  test('shards that have their share keep it, whoever has the odd slot', () => {
    const before = [0, 1, 2].map((shard) => primary(`p${shard}`, [...shardRange(shard, 3)]))
    expect(planMoves(before, ['p0', 'p1', 'p2'])).toEqual([])
    expect(planMoves(before.toReversed(), ['p2', 'p0', 'p1'])).toEqual([])
  })

  test('a shard that goes gives all it has', () => {
    const before = [0, 1, 2, 3].map((shard) => primary(`p${shard}`, [...shardRange(shard, 4)]))
    const moves = planMoves(before, ['p0', 'p1', 'p2'])
    expect(moves.every(({ from }) => from === 'p3')).toBe(true)
    expect(moves.reduce((sum, move) => sum + slotsOf(move), 0)).toBe(SLOTS / 4)
    expect(planMoves(before.slice(0, 3), ['p0', 'p1', 'p2'])).toEqual([])
  })

  test('slots on their way, and nodes without an address, are known by their names', () => {
    const text =
      'aa 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-99 [300->-bb] [7-<-cc]\ncc :0@0 master,noaddr - 0 0 0 disconnected\ndd 127.0.0.1:7003@17003 handshake - 0 0 0 connected'
    expect(openSlots(text)).toEqual([{ slot: 300, to: 'bb' }])
    expect(knownIds(text)).toEqual(['aa', 'cc'])
  })

  test('CLUSTER NODES: roles, faults and ranges; slots on their way and strangers are left out', () => {
    const nodes = parseClusterNodes(
      [
        'aa 127.0.0.1:7000@17000,host myself,master - 0 0 1 connected 0-99 200 [300-<-bb]',
        'bb [::1]:7001@17001 slave,fail? aa 0 0 1 connected',
        'cc :0@0 master,noaddr - 0 0 0 disconnected',
        'dd 127.0.0.1:7003@17003 handshake - 0 0 0 connected',
      ].join('\n'),
    )
    expect(nodes).toMatchObject([
      { id: 'aa', host: '127.0.0.1', port: 7000, isPrimary: true, isMyself: true, isFailed: false },
      { id: 'bb', port: 7001, isPrimary: false, primaryId: 'aa', isFailed: true },
    ])
    expect(nodes.map(slotCount)).toEqual([101, 0])
  })
})

describe('a failover would work', () => {
  const primary = (id: string, more = '') => `${id} 127.0.0.1:1@2 ${more}master - 0 0 1 connected 0-9`
  const replica = (id: string, of: string, more = '') =>
    `${id} 127.0.0.1:3@4 ${more}slave ${of} 0 0 1 connected`
  const seen = (...views: string[][]) => agree(views.map((lines) => parseClusterNodes(lines.join('\n'))))
  const own = 'myself,'

  test.each<[string, boolean, string[]]>([
    ['all know each other for what they are', true, [primary('p'), replica('r', 'p')]],
    ['a voter takes the replica for a primary still', false, [primary('p'), primary('r')]],
    ['a voter takes it for the replica of another one', false, [primary('p'), replica('r', 'v')]],
    ['a voter only begins to know the replica', false, [primary('p'), replica('r', 'p', 'handshake,')]],
    ['a voter has not heard of it', false, [primary('p')]],
    ['a voter thinks that it is down', false, [primary('p'), replica('r', 'p', 'fail?,')]],
  ])('%s: %s', (_, works, ofVoter) =>
    expect(
      seen(
        [primary('p', own), replica('r', 'p'), primary('v')],
        [primary('p'), replica('r', 'p', own), primary('v')],
        [...ofVoter, primary('v', own)],
      ),
    ).toBe(works),
  )

  test('a replica may be elected for an hour after its primary was last heard, one that never had a copy may not', () => {
    const settings = nodeSettings({ busPort: 1 } as never, { nodeTimeoutMs: 3000 } as never)
    const withinMs = Number(settings['cluster-replica-validity-factor']) * 3000
    expect(withinMs).toBeGreaterThanOrEqual(3_600_000)
    expect(withinMs).toBeLessThan(Date.now() / 2) // such a one counts from the beginning of time
  })
})
