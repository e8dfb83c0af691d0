/**
 * A sum that the store must keep: every counted event leaves a cell in each breakdown, so in any window the cells of all names add up to the total, exactly. Keys
 * that somebody deleted, or that a server dropped while nobody of us looked, break it; so one window after another is drawn by lot and added up.
 */
import {
  blockOf,
  chunkSuffix,
  DAY_MS,
  groupOf,
  idsIn,
  namesSuffix,
  slotOf,
  TOTAL_ID,
} from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import { hasRow, mergeRow, rowLayout } from '../../model/measures/index.ts'
import { holdCell } from '../../model/pack.ts'
import type { Row } from '../../model/wide.ts'
import type { Command, Store } from '../connection.ts'
import type { PartitionKeys } from '../keys.ts'
import { readMoment } from '../moment.ts'

/** Hashes of one draw: a window with more names than fit is not added up. */
const MOST_BLOCKS = 128
/** Measures whose numbers add up over names. */
const ADDS_UP: readonly string[] = ['count', 'sum']

export interface Draw {
  readonly breakdown: number
  readonly interval: number
  readonly windowNumber: number
}

/** What does not add up. */
export interface Shortfall {
  readonly metric: string
  /** Whole numbers in units. */
  readonly total: string
  readonly parts: string
}

/** A window that is kept, by lot: as many out of the last few as out of all that lie before. Null where there is none. */
export async function drawWindow(
  store: Pick<Store, 'each'>,
  keys: PartitionKeys,
  source: Source,
  random: () => number,
): Promise<Draw | null> {
  const { position } = await readMoment(store, keys, source)
  const newestMs = position?.state.newestMs ?? null
  if (newestMs === null || source.breakdowns.length < 2) return null
  const interval = Math.floor(random() * source.intervals.length)
  const { ms, keepMs } = source.intervals[interval]!
  const newest = Math.floor(newestMs / ms)
  const oldestMs = Math.max(position!.state.sinceMs ?? 0, newestMs - (keepMs ?? Infinity), 0)
  const span = Math.max(newest - Math.floor(oldestMs / ms), 0) + 1
  return {
    breakdown: 1 + Math.floor(random() * (source.breakdowns.length - 1)),
    interval,
    windowNumber: newest - Math.floor(span ** random() - 1),
  }
}

/** Null: it adds up, or nothing can be said of it now. Throws StoreError. */
export async function addUp(
  store: Pick<Store, 'each'>,
  keys: PartitionKeys,
  source: Source,
  { breakdown, interval, windowNumber }: Draw,
): Promise<Shortfall | null> {
  const { name: intervalName, ms, keepMs } = source.intervals[interval]!
  const { name } = source.breakdowns[breakdown]!
  const names: Command = ['HLEN', keys.of(namesSuffix(name, Math.floor((windowNumber * ms) / DAY_MS)))]
  const before = await readMoment(store, keys, source, [names])
  const blocks = blockOf(Number(before.fixed[0]), false) + 1
  if (!(blocks <= MOST_BLOCKS)) return null
  const total: Command = [
    'HGET',
    keys.of(chunkSuffix(source.breakdowns[0]!.name, intervalName, 0, groupOf(windowNumber, 0, true))),
    slotOf(windowNumber, TOTAL_ID, true),
  ]
  const parts = Array.from({ length: blocks }, (_, block): Command => {
    const { first, count } = idsIn(block)
    const key = keys.of(chunkSuffix(name, intervalName, block, groupOf(windowNumber, block, false)))
    return [
      'HMGET',
      key,
      ...Array.from({ length: count }, (_, at) => slotOf(windowNumber, first + at, false)),
    ]
  })
  const { position, fixed, some } = await readMoment(store, keys, source, [names, total], parts)
  const hasMore = blockOf(Number(fixed[0]), false) >= blocks
  const clockMs = position?.state.logClockMs ?? null
  const isKept = keepMs === null || clockMs === null || (windowNumber + 1) * ms + keepMs > clockMs
  if (position === null || hasMore || !isKept || some.length < blocks) return null
  if (fixed[1] instanceof Error || some.some((reply) => reply instanceof Error)) return null // whoever reads it says so
  return difference(source, [fixed[1] as Buffer | null], (some as (Buffer | null)[][]).flat())
}

function difference(
  source: Source,
  total: readonly (Buffer | null)[],
  parts: readonly (Buffer | null)[],
): Shortfall | null {
  const layout = rowLayout(source.metrics)
  const add = (cells: readonly (Buffer | null)[]): number[] => {
    const row = new Array<number>(layout.slots).fill(0)
    for (const cell of cells)
      if (cell !== null) mergeRow(layout, row, 0, holdCell(cell, layout) as unknown as Row, 0)
    return row
  }
  const [of, by] = [add(total), add(parts)]
  for (const [at, metric] of source.metrics.entries()) {
    const measure = layout.measures[at]!
    if (!ADDS_UP.includes(measure.kind) || !hasRow(measure)) continue
    const [one, other] = [of, by].map((row) => measure.exact(row, layout.starts[at]!, measure.kind))
    // Of two whole numbers, either of which may be a BigInt.
    if (String(one) !== String(other)) return { metric: metric.name, total: `${one}`, parts: `${other}` }
  }
  return null
}
