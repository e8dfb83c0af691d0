/** When the store is full, by how it really grew: a line through what was in use over the last day. */
import type { Store } from '../connection/connection.ts'
import { MEMORY_KEY } from '../keeper-keys.ts'
import { dataByKey, type KeyKind, type KeysFound } from '../key-kinds.ts'
import { partsOf, type MemoryPart } from '../memory-parts.ts'
import { readInfo } from '../node-info.ts'

export interface MemorySample {
  readonly atMs: number
  /** Of all masters. */
  readonly usedBytes: number
  /** 0 = without limit. */
  readonly maxBytes: number
  /** What it was for; absent where a server did not say, and in samples of older versions. */
  readonly parts?: Readonly<Record<MemoryPart, number>>
  /** What `data` is, by what its keys hold; absent until all keys were weighed once, and in samples of older versions. */
  readonly kinds?: Readonly<Partial<Record<KeyKind | 'other keys', number>>>
}

export interface MemoryForecast {
  readonly growthBytesADay: number
  /** Null = never at this rate, or later than can be told yet, or there is no limit. */
  readonly fullAtMs: number | null
  /** What it is drawn from. */
  readonly sinceMs: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** One in five minutes, for a day. */
export const SAMPLE_EVERY_MS = 5 * 60_000
const KEPT = DAY_MS / SAMPLE_EVERY_MS
/** Less tells of a batch, not of growth. */
const LEAST_SPAN_MS = 10 * 60_000
const LEAST_SAMPLES = 5
/** A line tells no further than so many times what it is drawn from: a store whose windows still fill grows fast at first, and then no more. */
const SIGHT = 24

/** `weighed`: the keys, null = not yet. Throws StoreError. */
export async function addSample(
  store: Store,
  nowMs: number,
  weighed: KeysFound | null = null,
): Promise<MemorySample[]> {
  const infos = await store.info()
  const nodes = infos.map(({ node, text }) => readInfo(node, text))
  const parts = partsOf(infos.map(({ text }) => text))
  const kinds = parts && dataByKey(parts.data, weighed ?? (await weighedBefore(store, nowMs)))
  const sample: MemorySample = {
    atMs: Math.round(nowMs),
    usedBytes: nodes.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
    // The store is full where one of its nodes is: their bounds count together only where each has one.
    maxBytes: nodes.every(({ maxBytes }) => maxBytes > 0)
      ? nodes.reduce((sum, { maxBytes }) => sum + maxBytes, 0)
      : 0,
    ...(parts !== null && { parts }),
    ...(kinds !== null && { kinds: Object.fromEntries(kinds) }),
  }
  // A stream: the users of docs/store.md may append to one.
  await store.pipeline([['XADD', MEMORY_KEY, 'MAXLEN', KEPT, '*', 'sample', JSON.stringify(sample)]])
  return readSamples(store)
}

/** Another process kept the store until now: as long as this one weighed nothing, what that found tells how the data divides. */
async function weighedBefore(store: Store, nowMs: number): Promise<KeysFound | null> {
  const last = (await readSamples(store)).at(-1)
  return last === undefined || nowMs - last.atMs > HOUR_MS ? null : weighedIn(last)
}

/** Null where the sample does not say. */
export function weighedIn({ kinds }: MemorySample): KeysFound | null {
  if (kinds === undefined) return null
  const { 'other keys': others, ...own } = kinds
  return {
    bytes: new Map(Object.entries(own) as [KeyKind, number][]),
    share: 1,
    hasOthers: others !== undefined,
  }
}

/** Oldest first. */
export async function readSamples(store: Pick<Store, 'each'>): Promise<MemorySample[]> {
  const [entries] = await store.each([['XRANGE', MEMORY_KEY, '-', '+']])
  if (!Array.isArray(entries)) return []
  const samples = (entries as [id: Buffer, flat: Buffer[]][]).map(
    ([, flat]) => JSON.parse(String(flat[1])) as MemorySample,
  )
  const sinceMs = (samples.at(-1)?.atMs ?? 0) - DAY_MS
  return samples.filter(({ atMs }) => atMs >= sinceMs)
}

/** Null while too little is known. `samples` oldest first. */
export function forecast(samples: readonly MemorySample[]): MemoryForecast | null {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined) return null
  if (samples.length < LEAST_SAMPLES || last.atMs - first.atMs < LEAST_SPAN_MS) return null
  const mean = (of: (sample: MemorySample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [meanMs, meanBytes] = [mean(({ atMs }) => atMs - first.atMs), mean(({ usedBytes }) => usedBytes)]
  const [over, under] = samples.reduce(
    ([top, bottom], { atMs, usedBytes }) => {
      const away = atMs - first.atMs - meanMs
      return [top + away * (usedBytes - meanBytes), bottom + away * away] as const
    },
    [0, 0] as readonly [number, number],
  )
  const bytesAMs = over / under
  const left = last.maxBytes - last.usedBytes
  const inMs = left / bytesAMs
  const isInSight = bytesAMs > 0 && inMs <= (last.atMs - first.atMs) * SIGHT
  return {
    growthBytesADay: Math.round(bytesAMs * DAY_MS),
    fullAtMs: last.maxBytes > 0 && isInSight ? Math.round(last.atMs + inMs) : null,
    sinceMs: first.atMs,
  }
}
