/** Rankings against the cells they are made of, in a real store (docs/store.md, "Rankings"). */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PartitionWorker } from '../../ingest/partition.ts'
import type { Fetched } from '../../log/log.ts'
import { cellAt } from '../../model/chunk.ts'
import { readDefinition } from '../../model/definition-file.ts'
import type { Source } from '../../model/definition.ts'
import { layout } from '../../model/measures.ts'
import { OTHER, OTHER_ID } from '../../model/names.ts'
import { unpackCell } from '../../model/pack.ts'
import { memberOf, rankedIntervals } from '../../model/ranking.ts'
import { wideToInt } from '../../model/wide.ts'
import { definitionHash } from '../../store/catalog.ts'
import { openStore, type Store } from '../../store/connection.ts'
import { partitionKeys, type PartitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/open.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { makeBatch } from '../log/batches.ts'
import { fetchOf, START_MS } from './loop.ts'

const MINUTE_MS = 60_000
const [orders] = readDefinition({
  sources: {
    orders: {
      topic: 'orders',
      key: 'k',
      time: 'ts',
      budget: 6,
      fields: { k: 'string', city: 'string?', v: 'number?' },
      breakdowns: ['city', ['k', 'city']],
      metrics: {
        events: 'count',
        big: { count: true, where: ['k:is:big'], rank: ['city'] },
        money: { sum: 'v', decimals: 2, rank: ['city', ['k', 'city']] },
      },
    },
  },
  keep: { '1s': '1m', '1m': '10m', '15m': '1h', '1h': '2h' },
}) as [Source]

let server: TestStore
let store: Store
const running: PartitionWorker[] = []
beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  await store.check()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()))
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
})

interface Order {
  afterMs: number
  k: string
  city: string | null
  v: number | null
}

/** A worker that has counted what it was given. */
async function counting(
  source: Source = orders,
): Promise<{ keys: PartitionKeys; count: (...orders: (Order | Order[])[]) => Promise<void> }> {
  const named = { ...source, name: `t${randomUUID().replaceAll('-', '')}` }
  const keys = partitionKeys(named.name, 0, 1)
  let fetched: Fetched | null = null
  const worker = new PartitionWorker({
    store,
    source: named,
    partition: 0,
    keys,
    def: definitionHash(named),
    clusterId: 'c',
    compacted: false,
    logStart: async () => 0,
    committed: async () => null,
    mayBegin: async () => true,
    recordAt: async () => 'gone',
    confirmOwner: async () => {},
    nowMs: () => Date.now(),
    pause() {},
    resume() {},
    log() {},
    landed() {},
    seek: () => setImmediate(() => fetched && worker.push(fetched)), // as a consumer reads again
  })
  running.push(worker)
  await worker.start()
  let base = 0
  async function count(...given: (Order | Order[])[]): Promise<void> {
    const records = given.map((order, offsetDelta) => ({
      offsetDelta,
      key: null,
      value: Buffer.from(
        JSON.stringify([order].flat().map(({ afterMs, ...rest }) => ({ ts: START_MS + afterMs, ...rest }))),
      ),
    }))
    const timestampMs = START_MS + 90 * 86_400_000
    const bytes = makeBatch({
      baseOffset: BigInt(base),
      records,
      baseTimestampMs: timestampMs,
      maxTimestampMs: timestampMs,
    })
    fetched = fetchOf([
      { baseOffset: base, lastOffset: base + records.length - 1, bytes, control: false, aborted: false },
    ])
    worker.push(fetched)
    base += records.length
    await expect
      .poll(async () => (await readPosition(store, keys, named))?.standing.next ?? worker.halted?.message, {
        interval: 5,
        timeout: 5000,
      })
      .toBe(base)
  }
  return { keys, count }
}

async function suffixes(keys: PartitionKeys, kind: string): Promise<string[]> {
  const [found] = (await store.pipeline([['KEYS', keys.of(`${kind}:*`)]])) as [Buffer[]]
  return found.map((key) => key.toString().slice(keys.prefix.length)).sort()
}
async function pairs(command: 'HGETALL' | 'ZRANGE', key: string): Promise<[string, Buffer][]> {
  const [flat] = (await store.pipeline([
    command === 'HGETALL' ? ['HGETALL', key] : ['ZRANGE', key, 0, -1, 'WITHSCORES'],
  ])) as [Buffer[]]
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!.toString(), flat[2 * at + 1]!])
}

type Values = Record<string, Record<string, number>>
/** Every ranking as the store has it, and as its cells say: suffix -> member -> value. */
async function both(
  keys: PartitionKeys,
  source: Source = orders,
): Promise<{ stored: Values; fromCells: Values }> {
  const stored: Values = {}
  for (const suffix of await suffixes(keys, 'z'))
    stored[suffix] = Object.fromEntries(
      (await pairs('ZRANGE', keys.of(suffix))).map(([member, score]) => [member, Number(score.toString())]),
    )
  const members = new Map<string, string>()
  for (const suffix of await suffixes(keys, 'n'))
    for (const [name, id] of await pairs('HGETALL', keys.of(suffix)))
      members.set(`${suffix.split(':')[1]}/${id.toString()}`, memberOf(name))
  const fromCells: Values = {}
  const row = layout(source.metrics)
  for (const suffix of await suffixes(keys, 'c')) {
    const [, breakdown, interval, place] = suffix.split(':') as [string, string, string, string]
    const [block, group] = place.split('.').map(Number) as [number, number]
    for (const [slot, packed] of await pairs('HGETALL', keys.of(suffix))) {
      const { windowNumber, id } = cellAt(block, group, Number(slot), breakdown === 'all')
      const cell = unpackCell(packed, row)
      for (const [at, metric] of source.metrics.entries()) {
        if (!metric.rank?.includes(breakdown) || !['1m', '1h'].includes(interval)) continue
        const ranking = (fromCells[`z:${metric.name}:${breakdown}:${interval}:${windowNumber}`] ??= {})
        ranking[id === OTHER_ID ? OTHER : members.get(`${breakdown}/${id}`)!] = Number(
          metric.kind === 'sum' ? wideToInt(cell as number[], row.starts[at]!) : cell[row.starts[at]!],
        )
      }
    }
  }
  return { stored, fromCells }
}

const order = (city: string | null, v: number | null = 1, more: Partial<Order> = {}): Order => ({
  afterMs: 0,
  k: 'small',
  city,
  v,
  ...more,
})

test('a member for every cell, zero or not, spelled so that no two are the same', async () => {
  const { keys, count } = await counting({ ...orders, budget: 20 })
  const cities = [
    'Porto',
    '',
    null,
    '[x',
    '[null]',
    'null',
    '__other__',
    '\ud800',
    '\ud801',
    '\ufffd',
    'é'.repeat(200),
  ]
  await count(...cities.map((city, at) => order(city, at, { k: at === 0 ? 'big' : 'small' })))
  const { stored, fromCells } = await both(keys)
  expect(stored).toEqual(fromCells)
  const minute = Math.floor(START_MS / MINUTE_MS)
  expect(Object.keys(stored).filter((suffix) => suffix.includes(':1m:'))).toEqual([
    `z:big:city:1m:${minute}`,
    `z:money:city:1m:${minute}`,
    `z:money:k+city:1m:${minute}`,
  ])
  const spelled = [
    'Porto',
    '',
    '[null]',
    '["[x"]',
    '["[null]"]',
    'null',
    '["__other__"]',
    '["\\ud800"]',
    '["\\ud801"]',
    '\ufffd',
  ]
  expect(spelled.map((member) => stored[`z:money:city:1m:${minute}`]![member])).toEqual([
    0, 100, 200, 300, 400, 500, 600, 700, 800, 900,
  ])
  expect(Object.keys(stored[`z:money:city:1m:${minute}`]!).find((member) => member.startsWith('éé'))).toMatch(
    /^é{90}…[0-9a-f]{16}$/,
  )
  expect(stored[`z:big:city:1m:${minute}`]).toMatchObject({ Porto: 1, '': 0, '[null]': 0 })
  expect(stored[`z:money:k+city:1m:${minute}`]).toMatchObject({ '["big","Porto"]': 0, '["small",null]': 200 })
})

test('the order of a ranking is the order of its cells, whatever comes in whatever cuts', async () => {
  const cities = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', '[', null)
  const orderly = fc.record({
    afterMs: fc.integer({ min: 0, max: 4 * MINUTE_MS }),
    k: fc.constantFrom('big', 'small'),
    city: cities,
    v: fc.option(fc.integer({ min: -9e11, max: 9e13 })),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.array(orderly, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 30 }), {
        minLength: 1,
        maxLength: 3,
      }),
      async (batches) => {
        const { keys, count } = await counting()
        for (const batch of batches) await count(...batch)
        const { stored, fromCells } = await both(keys)
        expect(stored).toEqual(fromCells)
        for (const suffix of Object.keys(stored)) {
          const inOrder = (await pairs('ZRANGE', keys.of(suffix))).map(
            ([member]) => fromCells[suffix]![member]!,
          )
          expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b))
        }
      },
    ),
    { numRuns: 12 },
  )
})

test('past 2^53 the score is the nearest double', async () => {
  const { keys, count } = await counting()
  await count(...Array.from({ length: 300 }, () => order('a', 90_071_992_547_409.5)))
  const { stored, fromCells } = await both(keys)
  expect(stored).toEqual(fromCells)
  expect(Object.values(stored).map(({ a }) => a ?? 0)).toContain(Number(300n * 9_007_199_254_740_950n))
})

test('after a refusal names are read again, and members are spelled as before', async () => {
  const { keys, count } = await counting()
  await count(order('a', 5), order('[b', 3))
  await store.pipeline([['HINCRBY', keys.pos, 'rev', 1]]) // an operator's hand: the next apply is refused, and all that was believed dropped
  await count(order('[b', 1), order('c', 4))
  const { stored, fromCells } = await both(keys)
  expect(stored).toEqual(fromCells)
  expect(stored[`z:money:city:1m:${Math.floor(START_MS / MINUTE_MS)}`]).toEqual({
    a: 500,
    '["[b"]': 400,
    c: 400,
  })
})

test('a record that is too wide leaves no names behind, and later ones are spelled right', async () => {
  const { keys, count } = await counting({ ...orders, budget: 5000 })
  await count(
    order('a'),
    Array.from({ length: 1500 }, (_, at) => order(`city ${at}`)),
    order('b', 2),
    order('city 7', 3),
  )
  const { stored, fromCells } = await both(keys)
  expect(stored).toEqual(fromCells)
  expect(stored[`z:money:city:1m:${Math.floor(START_MS / MINUTE_MS)}`]).toEqual({
    a: 100,
    b: 200,
    'city 7': 300,
  })
})

test('L11: rankings are due when their window is past, and go then, before the chunks they share', async () => {
  const { keys, count } = await counting()
  await count(order('a'), order('b', 2, { afterMs: 3 * MINUTE_MS }))
  const minutes = async (): Promise<number> =>
    (await suffixes(keys, 'z')).filter((suffix) => suffix.startsWith('z:money:city:1m:')).length
  const chunks = (await suffixes(keys, 'c')).filter((suffix) => suffix.startsWith('c:city:1m:')).length
  const window = Math.floor(START_MS / MINUTE_MS)
  const [score] = await store.pipeline([['ZSCORE', keys.due, `z:money:city:1m:${window}`]])
  expect(Number(String(score))).toBe((window + 1 + 10) * MINUTE_MS)
  expect(await minutes()).toBe(2)
  for (const k of ['x', 'y', 'z']) await count(order('c', 1, { afterMs: 12 * MINUTE_MS, k }))
  await expect.poll(minutes).toBe(2) // of the fourth minute and of the thirteenth
  expect(
    (await suffixes(keys, 'c')).filter((suffix) => suffix.startsWith('c:city:1m:')).length,
  ).toBeGreaterThanOrEqual(chunks)
  expect(await suffixes(keys, 'z')).not.toContain(`z:money:city:1m:${window}`)
  const due = (await pairs('ZRANGE', keys.due)).map(([suffix]) => suffix)
  expect(due.filter((suffix) => suffix.startsWith('z:')).sort()).toEqual(await suffixes(keys, 'z'))
})

test('rankings are kept by the minute, where it is, and by the coarsest interval', () => {
  const names = (keep: Record<string, string>): string[] =>
    rankedIntervals(
      readDefinition({
        sources: {
          s: { topic: 's', key: 'k', time: 'ts', fields: { k: 'string' }, metrics: { n: 'count' } },
        },
        keep,
      })[0]!.intervals,
    ).map(({ name }) => name)
  expect(names({ '1s': '1m', '1m': '1h', '15m': '1d', '1h': '2d' })).toEqual(['1m', '1h'])
  expect(names({ '1s': '1m', '1m': '1h' })).toEqual(['1m'])
  expect(names({ '1s': '1m', '15m': '1h' })).toEqual(['15m'])
})
