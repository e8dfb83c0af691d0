import { createClicks } from './clicks.ts'
import type { Click, Reading, SimulatedRecord, SourceName } from './events.ts'
import { createRandom } from './random.ts'
import { createReadings } from './readings.ts'
import { faults, spoil } from './spoil.ts'

export interface SimulationOptions {
  /** Any integer. */
  seed: number
  sources: readonly SourceName[]
  /** Shares of all records, 0 to 1. */
  late: number
  duplicate: number
  malformed: number
  /** No event lies before this time: nothing was there to be late. */
  sinceMs?: number
}

/** Two clicks for every reading. */
const CLICK_SHARE = 2 / 3
/** How late a late event is: half an hour in the mean, and never so little that it could pass for jitter. */
const LEAST_LATE_MS = 5_000
const MEAN_LATE_MS = 30 * 60_000
const MOST_LATE_MS = 6 * 3_600_000
/** A duplicate follows its first within this many records. */
const DUPLICATE_WITHIN = 200

/** Makes one record after the other. The same options and the same times give the same bytes, on every machine. */
export interface Simulation {
  /** Times must not fall. */
  next(timeMs: number): SimulatedRecord
}

export function createSimulation({
  seed,
  sources,
  late,
  duplicate,
  malformed,
  sinceMs = Number.NEGATIVE_INFINITY,
}: SimulationOptions): Simulation {
  // A stream of its own for each concern: leaving one source out does not change what the other says.
  const fate = createRandom(seed)
  const clicks = createClicks(createRandom(seed + 0x1000_0001))
  const readings = createReadings(createRandom(seed + 0x2000_0002))
  const toRepeat: { record: SimulatedRecord; at: number }[] = []
  let made = 0

  function drawSource(): SourceName {
    if (sources.length === 1) return sources[0]!
    return fate.chance(CLICK_SHARE) ? 'clicks' : 'readings'
  }

  function fresh(timeMs: number): SimulatedRecord {
    const source = drawSource()
    const event: Click | Reading = source === 'clicks' ? clicks.next(timeMs) : readings.next(timeMs)
    const key = 'visitor' in event ? event.visitor : event.device
    if (fate.chance(malformed)) {
      const fault = fate.pick(faults)
      return {
        source,
        key,
        value: spoil(event, fault, fate),
        event: null,
        eventMs: timeMs,
        late: false,
        duplicate: false,
        fault,
      }
    }
    const isLate = fate.chance(late) && timeMs - LEAST_LATE_MS >= sinceMs
    const eventMs = isLate
      ? Math.max(
          sinceMs,
          timeMs - Math.min(MOST_LATE_MS, Math.round(LEAST_LATE_MS + fate.exponential(MEAN_LATE_MS))),
        )
      : timeMs
    if (isLate) {
      event.ts = new Date(eventMs).toISOString()
      // What the meter says now is not what it said then.
      if ('counter' in event) delete event.counter
    }
    return {
      source,
      key,
      value: Buffer.from(JSON.stringify(event)),
      event,
      eventMs,
      late: isLate,
      duplicate: false,
      fault: null,
    }
  }

  return {
    next(timeMs) {
      made++
      const due = toRepeat.findIndex(({ at }) => at <= made)
      if (due >= 0) return { ...toRepeat.splice(due, 1)[0]!.record, duplicate: true }
      const record = fresh(timeMs)
      if (record.event !== null && fate.chance(duplicate))
        toRepeat.push({ record, at: made + 1 + fate.below(DUPLICATE_WITHIN) })
      return record
    },
  }
}
