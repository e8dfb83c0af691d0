/** When the simulator's events happen. Each batch is the event times (ms, rising) of the records that travel together. */

/** Most records in one request. */
export const BATCH_RECORDS = 2_000
/** A pause of ours or of the machine is not made up for beyond this. */
const MOST_CATCH_UP_MS = 60_000

/** `count` times spread evenly over `[startMs, startMs + spanMs)`, in full batches. */
export function* spread(count: number, startMs: number, spanMs: number): Generator<number[]> {
  for (let from = 0; from < count; from += BATCH_RECORDS)
    yield Array.from({ length: Math.min(BATCH_RECORDS, count - from) }, (_, at) =>
      Math.floor(startMs + (spanMs * (from + at)) / count),
    )
}

/** The past, second by second, as it would have been at `ratePerSecond(timeMs)`. */
export function* backfill(
  startMs: number,
  endMs: number,
  ratePerSecond: (timeMs: number) => number,
): Generator<number[]> {
  let batch: number[] = []
  let due = 0
  for (let fromMs = startMs; fromMs < endMs; fromMs += 1_000) {
    const stepMs = Math.min(1_000, endMs - fromMs)
    due += (ratePerSecond(fromMs) * stepMs) / 1_000
    const whole = Math.floor(due)
    due -= whole
    for (let at = 0; at < whole; at++) {
      batch.push(Math.floor(fromMs + (stepMs * at) / whole))
      if (batch.length === BATCH_RECORDS) {
        yield batch
        batch = []
      }
    }
  }
  if (batch.length > 0) yield batch
}

export interface PacedOptions {
  ratePerSecond: (timeMs: number) => number
  /** The first batch holds what fell due since then; default: since now. */
  sinceMs?: number
  /** Records in all; Infinity runs until stopped. */
  count: number
  /** Between two batches, ms. */
  tickMs: number
  now: () => number
  /** Resolves after this long, or at once when told to stop. */
  sleep: (ms: number) => Promise<void>
  stopped: () => boolean
}

/** As time goes by: every tick the events that fell due since the last one. */
export async function* paced(options: PacedOptions): AsyncGenerator<number[]> {
  const { ratePerSecond, count, tickMs, now, sleep, stopped } = options
  let sinceMs = options.sinceMs ?? now()
  let due = 0
  let left = count
  while (left > 0) {
    await sleep(tickMs)
    if (stopped()) return
    const untilMs = now()
    const fromMs = Math.max(sinceMs, untilMs - MOST_CATCH_UP_MS)
    if (untilMs <= fromMs) continue
    due += (ratePerSecond(untilMs) * (untilMs - fromMs)) / 1_000
    sinceMs = untilMs
    const whole = Math.min(Math.floor(due), left)
    due -= whole
    left -= whole
    for (let at = 0; at < whole; at += BATCH_RECORDS)
      yield Array.from({ length: Math.min(BATCH_RECORDS, whole - at) }, (_, i) =>
        Math.floor(fromMs + ((untilMs - fromMs) * (at + i + 1)) / whole),
      )
  }
}
