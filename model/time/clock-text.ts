/** The memory of a log clock as `pos` keeps it: one JSON array, so that a fold goes on after a restart as if there had been none. */
import { emptyClock, type ClockMemory } from './clock.ts'

/** `[[[key, time, heard, ahead, witnesses], ...], [alone count, alone least], run or null, [arrivals ...], begun, lived since]` */
export function clockText({ keys, alone, run, arrivals, begunMs, livedSinceMs }: ClockMemory): string {
  return JSON.stringify([
    keys.map((one) => [one.key, one.timeMs, one.heard, one.ahead, one.witnesses]),
    [alone.count, alone.count === 0 ? null : alone.leastMs],
    run === null ? null : [run.startMs, run.lastMs, run.count],
    arrivals,
    begunMs,
    livedSinceMs,
  ])
}

/** Null where the text is none. Absent is the clock of a partition that has counted nothing. */
export function parseClock(text: string | undefined): ClockMemory | null {
  if (text === undefined || text === '') return emptyClock()
  try {
    const [keys, [count, leastMs], run, arrivals, begunMs, livedSinceMs] = JSON.parse(text) as [
      number[][],
      [number, number | null],
      number[] | null,
      number[],
      number | null,
      number | null,
    ]
    const every = [
      ...keys.flat(),
      count,
      leastMs ?? 0,
      ...(run ?? []),
      ...arrivals,
      begunMs ?? 0,
      livedSinceMs ?? 0,
    ]
    if (
      !every.every(Number.isSafeInteger) ||
      keys.some((one) => one.length !== 5) ||
      (run !== null && run.length !== 3)
    )
      return null
    return {
      keys: keys.map((one) => ({
        key: one[0]!,
        timeMs: one[1]!,
        heard: one[2]!,
        ahead: one[3]!,
        witnesses: one[4]!,
      })),
      alone: { count, leastMs: leastMs ?? Infinity },
      // law L11: a restart keeps the run
      run: run && { startMs: run[0]!, lastMs: run[1]!, count: run[2]! },
      arrivals,
      begunMs,
      livedSinceMs,
    }
  } catch {
    return null
  }
}
