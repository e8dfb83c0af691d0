/** For tests of rankings: a worker that counts orders as a test gives them, and its keys read back. */
/** Rankings against the cells they are made of, in a real store (docs/store.md, "Rankings"). */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { PartitionWorker } from '../../ingest/partition.ts'
import type { Fetched } from '../../log/log.ts'
import { cellAt } from '../../model/chunk.ts'
import { readDefinition } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'
import { layout } from '../../model/measures.ts'
import { OTHER, OTHER_ID } from '../../model/dictionary.ts'
import { unpackCell } from '../../model/pack.ts'
import { memberOf } from '../../model/ranking.ts'
import { wideToInt } from '../../model/numbers/wide.ts'
import { definitionHash } from '../../store/calls/catalog.ts'
import { partitionKeys, type PartitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import { makeBatch } from '../log/batches.ts'
import { fetchOf, START_MS } from './loop.ts'
import { running, store } from './partition-store.ts'

export { running, server, store } from './partition-store.ts'

export const MINUTE_MS = 60_000
export const [orders] = readDefinition({
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

export interface Order {
  afterMs: number
  k: string
  city: string | null
  v: number | null
}

/** A worker that has counted what it was given. */
export async function counting(
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
    feedBytes: () => 2 ** 20,
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
    applied() {},
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
      .poll(async () => (await readPosition(store, keys, named))?.state.next ?? worker.halted?.message, {
        interval: 5,
        timeout: 5000,
      })
      .toBe(base)
  }
  return { keys, count }
}

export async function suffixes(keys: PartitionKeys, kind: string): Promise<string[]> {
  const [found] = (await store.pipeline([['KEYS', keys.of(`${kind}:*`)]])) as [Buffer[]]
  return found.map((key) => key.toString().slice(keys.prefix.length)).sort()
}
export async function pairs(command: 'HGETALL' | 'ZRANGE', key: string): Promise<[string, Buffer][]> {
  const [flat] = (await store.pipeline([
    command === 'HGETALL' ? ['HGETALL', key] : ['ZRANGE', key, 0, -1, 'WITHSCORES'],
  ])) as [Buffer[]]
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!.toString(), flat[2 * at + 1]!])
}

export type Values = Record<string, Record<string, number>>
/** Every ranking as the store has it, and as its cells say: suffix -> member -> value. */
export async function both(
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

export const order = (city: string | null, v: number | null = 1, more: Partial<Order> = {}): Order => ({
  afterMs: 0,
  k: 'small',
  city,
  v,
  ...more,
})
