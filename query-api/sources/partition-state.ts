/** What one partition adds to an answer: how far it is counted, up to when all of it is known, and whether somebody is at it. */
import type { Position } from '../../store/layout/position.ts'
import { sentenceOf } from './damage.ts'
import type { EndHistory } from './end-history.ts'
import type { Observation } from './partition-observer.ts'
import type { Filling } from './rebuild.ts'
import type { PartitionState } from '../wire.ts'

/** A worker writes the log's end every second; one that has not for this long is stalled, cut off or dead. */
export const STALE_AFTER_MS = 10_000
/** Two processes that both go by the store's clock differ by less than this. */
const CLOCKS_DIFFER_MS = 2000
/** Workers of a new generation join their group before they can report. */
const BEGINS_WITHIN_MS = 30_000

export interface PartitionFacts {
  readonly state: PartitionState
  /** For what is not counted: one sentence. */
  readonly why: string | null
  /** The greatest end that anybody saw, by whom, and when last. */
  readonly end: number
  readonly endFrom: 'kafka' | 'worker'
  readonly endAtMs: number | null
  readonly behindRecords: number
  /** All of it is known up to here; null = nothing is. */
  readonly asOfMs: number | null
  readonly reportedMs: number | null
}

export function factsOf(
  observation: Observation,
  history: EndHistory | null,
  nowMs: number,
  filling: Filling | null = null,
  partition = 0,
): PartitionFacts {
  const { position } = observation
  const next = position?.state.next ?? 0
  const fills = filling?.positions[partition] ?? null
  const asked = history?.latest ?? null
  const workersEnd = Math.max(position?.end ?? 0, fills?.end ?? 0, next)
  const end = Math.max(asked?.end ?? 0, workersEnd)
  const behindRecords = end - next
  const endFrom = asked !== null && asked.end >= workersEnd ? 'kafka' : 'worker'
  const reportedMs =
    fills?.endAtMs == null
      ? observation.reportedMs
      : Math.max(observation.reportedMs ?? 0, Math.min(fills.endAtMs, nowMs))
  return {
    ...stateOf(observation, behindRecords, reportedMs, nowMs, filling),
    end,
    endFrom,
    endAtMs: endFrom === 'kafka' ? asked!.atMs : (position?.endAtMs ?? null),
    behindRecords,
    asOfMs: position === null ? null : asOf(position, behindRecords > 0, history, nowMs),
    reportedMs,
  }
}

function stateOf(
  { position, halt, damage }: Observation,
  behindRecords: number,
  reportedMs: number | null,
  nowMs: number,
  filling: Filling | null,
): Pick<PartitionFacts, 'state' | 'why'> {
  if (damage !== null) return { state: 'damaged', why: sentenceOf(damage) }
  if (halt !== null) return { state: 'halted', why: `${halt.code}: ${halt.message}` }
  const isBeginning = filling !== null && nowMs - filling.generation.sinceMs < BEGINS_WITHIN_MS
  const isReported = reportedMs !== null && nowMs - reportedMs <= STALE_AFTER_MS
  if (position === null)
    return {
      state: 'unopened',
      why: 'nobody counts it yet, or the store lost it: a worker of the source opens it as soon as the group gives it the partition',
    }
  if (!isReported && !isBeginning) {
    const since =
      reportedMs === null
        ? 'has not reported yet'
        : `has not reported for ${Math.round((nowMs - reportedMs) / 1000)} s`
    return { state: 'stale', why: `its worker ${since}: it is stopped, cut off or dead` }
  }
  return { state: behindRecords > 0 ? 'behind' : 'counted', why: null }
}

/**
 * Where all that anybody saw is counted, it is known up to when it was seen. Where records wait, it is known up to the last look that
 * saw none of them, or to the Kafka time of the last record counted, which a producer may have written: never past the first look that
 * saw the next record.
 */
function asOf(
  { state, end, endAtMs }: Position,
  isBehind: boolean,
  history: EndHistory | null,
  nowMs: number,
): number | null {
  const { next, lastTsMs } = state
  const behindSinceMs = history?.behindSinceMs(next) ?? null
  const wholeMs = history?.wholeUntilMs(next) ?? null
  const workerSawMore = endAtMs !== null && next < (end ?? 0)
  const workerSawAll =
    endAtMs !== null &&
    next >= (end ?? 0) &&
    endAtMs <= nowMs + CLOCKS_DIFFER_MS &&
    (behindSinceMs === null || endAtMs < behindSinceMs)
  const known = [
    workerSawMore && wholeMs !== null && endAtMs <= wholeMs ? null : wholeMs,
    workerSawAll ? endAtMs : null,
  ].filter((one) => one !== null)
  if (lastTsMs !== null && (isBehind || known.length === 0)) known.push(lastTsMs)
  return known.length === 0 ? null : Math.min(Math.max(...known), behindSinceMs ?? nowMs, nowMs)
}
