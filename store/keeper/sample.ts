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
import type { Metric, Source } from '../../model/definition.ts'
import { isKeptIn } from '../../model/kept-in.ts'
import { cellLayout, hasRow, mergeRow, type RowLayout } from '../../model/measures/index.ts'
import { holdCell } from '../../model/pack.ts'
import type { Int } from '../../model/numbers/integer.ts'
import type { Row } from '../../model/numbers/wide.ts'
import type { Command, Store } from '../connection/connection.ts'
import type { PartitionKeys } from '../keys.ts'
import { readMoment } from '../mirror/moment.ts'

/** Hashes of one draw: a window with more names than fit is not added up. */
const MOST_BLOCKS = 128
/** Measures whose numbers add up over names. */
const ADDS_UP: readonly string[] = ['count', 'sum']
const TOTAL = 'all'

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
  const parted = [...source.breakdowns.keys()].slice(1).filter((at) => addsUpTo(source, at))
  if (newestMs === null || parted.length === 0) return null
  const interval = Math.floor(random() * source.intervals.length)
  const { ms, keepMs } = source.intervals[interval]!
  const newest = Math.floor(newestMs / ms)
  const oldestMs = Math.max(position!.state.sinceMs ?? 0, newestMs - (keepMs ?? Infinity), 0)
  const span = Math.max(newest - Math.floor(oldestMs / ms), 0) + 1
  return {
    breakdown: parted[Math.floor(random() * parted.length)]!,
    interval,
    windowNumber: newest - Math.floor(span ** random() - 1),
  }
}

/** An event counts once in each: not under each of several values, and under metrics that both keep. */
function addsUpTo({ breakdowns, fields, metrics }: Source, at: number): boolean {
  const { name, fields: own } = breakdowns[at]!
  const isList = fields.some((field) => field.list === true && own.includes(field.name))
  return !isList && metrics.some((metric) => isCompared(metric, name))
}

const isCompared = (metric: Metric, breakdown: string): boolean =>
  ADDS_UP.includes(metric.kind) && isKeptIn(metric, TOTAL) && isKeptIn(metric, breakdown)

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
  return difference(source, name, [fixed[1] as Buffer | null], (some as (Buffer | null)[][]).flat())
}

function difference(
  source: Source,
  breakdown: string,
  total: readonly (Buffer | null)[],
  parts: readonly (Buffer | null)[],
): Shortfall | null {
  const [ofTotal, ofParts] = [cellLayout(source, TOTAL), cellLayout(source, breakdown)]
  const [of, by] = [added(ofTotal, total), added(ofParts, parts)]
  for (const [place, metric] of source.metrics.entries()) {
    if (!isCompared(metric, breakdown)) continue
    const [one, other] = [exactly(ofTotal, of, place), exactly(ofParts, by, place)]
    // Of two whole numbers, either of which may be a BigInt.
    if (String(one) !== String(other)) return { metric: metric.name, total: `${one}`, parts: `${other}` }
  }
  return null
}

function added(layout: RowLayout, cells: readonly (Buffer | null)[]): number[] {
  const row = new Array<number>(layout.slots).fill(0)
  for (const cell of cells)
    if (cell !== null) mergeRow(layout, row, 0, holdCell(cell, layout) as unknown as Row, 0)
  return row
}

function exactly({ measures, places, starts }: RowLayout, row: Row, place: number): Int | null {
  const at = places.indexOf(place)
  const measure = measures[at]!
  return hasRow(measure) ? measure.exact(row, starts[at]!, measure.kind) : null
}
