/**
 * Sources of which somebody asks the same again and again, with next to no pause. Their partitions are listened to, as for a live query: a
 * worker that catches up tells only those who listen what each batch changed, and without that every answer reads all it needs anew.
 * Whoever asks less often would not keep up with what a partition remembers to tell, so nobody is made to tell it.
 */

/** Between the end of an answer and the next question. */
const PAUSE_MS = 500
/** Answers in a row; tiles of one page that ask the same at once are two. */
const IN_A_ROW = 3
/** After the last of them. */
const LASTS_MS = 3000

/** Of one question. */
export interface Asks {
  /** Answers in a row, each asked for before the pause after the last was over. */
  inARow: number
  endedMs: number
}

export const noAsks = (): Asks => ({ inARow: 0, endedMs: Number.NEGATIVE_INFINITY })

export class SteadyAsks {
  /** By source. */
  readonly #untilMs = new Map<string, number>()

  /** An answer is begun. */
  begin(asks: Asks, source: string, nowMs: number): void {
    asks.inARow = nowMs - asks.endedMs < PAUSE_MS ? asks.inARow + 1 : 1
    this.#note(asks, source, nowMs)
  }

  /** It may have taken longer than what is remembered lasts. */
  end(asks: Asks, source: string, nowMs: number): void {
    asks.endedMs = nowMs
    this.#note(asks, source, nowMs)
  }

  sources(nowMs: number): string[] {
    for (const [source, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(source)
    return [...this.#untilMs.keys()]
  }

  #note({ inARow }: Asks, source: string, nowMs: number): void {
    if (inARow >= IN_A_ROW) this.#untilMs.set(source, nowMs + LASTS_MS)
  }
}
