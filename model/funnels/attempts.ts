/** Ways through a funnel: docs/funnels.md says the rule. They follow from the order of the log; what a batch did is taken back until it is kept. */
import type { FunnelRule } from '../definition.ts'
import { Remembered } from '../remembered.ts'
import type { ByteReader, ByteWriter } from '../numbers/varint.ts'

/** The way of one entity: when its first step was, when its last, and how many it has. */
export interface Attempt {
  readonly startMs: number
  readonly lastMs: number
  readonly steps: number
  /** By breakdown of the fact, the total first: the id of its name on the UTC day of its start. */
  readonly ids: readonly number[]
}

export class Attempts {
  readonly #rule: FunnelRule
  readonly remembered: Remembered<Attempt>

  constructor(rule: FunnelRule) {
    this.#rule = rule
    this.remembered = new Remembered<Attempt>(rule.budget, ({ startMs }) => [startMs])
  }

  /**
   * Answers the step that an event is, as the attempt has it now; null where it is none. `meets`: whether the event meets the conditions of a step; `clockMs`: as
   * earlier records left it, NaN where it is not known; `name` gives a new one its ids.
   */
  take(
    entity: string,
    timeMs: number,
    clockMs: number,
    meets: (step: number) => boolean,
    name: () => readonly number[],
  ): Attempt | 'late' | 'over' | null {
    this.#forget(clockMs)
    const { withinMs, steps } = this.#rule
    const held = this.remembered.get(entity)
    if (held !== undefined && timeMs < held.lastMs) return null
    if (held !== undefined && held.steps < steps.length && timeMs <= held.startMs + withinMs) {
      if (!meets(held.steps)) return null
      return this.#remember(entity, { ...held, lastMs: timeMs, steps: held.steps + 1 })
    }
    if (!meets(0)) return null
    if (timeMs < this.remembered.from) return 'late'
    // law L10: funnels have a budget
    if (held === undefined && !this.remembered.hasPlaceFor(entity)) return 'over'
    return this.#remember(entity, { startMs: timeMs, lastMs: timeMs, steps: 1, ids: name() })
  }

  #remember(entity: string, attempt: Attempt): Attempt {
    this.remembered.set(entity, attempt)
    return attempt
  }

  /** Looks through all once in the time a way may take. */
  #forget(clockMs: number): void {
    if (Number.isNaN(clockMs)) return
    const { withinMs } = this.#rule
    const fromMs = Math.floor(clockMs / withinMs) * withinMs - withinMs
    if (!this.remembered.moveTo(fromMs)) return
    this.remembered.forget((held) => (held.startMs < fromMs ? undefined : held))
  }
}

/** z start, u last minus start, u steps, u ids but the total's. */
export function packAttempt({ startMs, lastMs, steps, ids }: Attempt, out: ByteWriter): void {
  out.integer(startMs)
  out.natural(lastMs - startMs)
  out.natural(steps)
  for (let b = 1; b < ids.length; b++) out.natural(ids[b]!)
}

/** Throws RangeError on bytes that are no attempt of so many breakdowns. */
export function unpackAttempt(from: ByteReader, breakdowns: number): Attempt {
  const startMs = Number(from.integer())
  const lastMs = startMs + Number(from.natural())
  const steps = Number(from.natural())
  const ids = [1, ...Array.from({ length: breakdowns - 1 }, () => Number(from.natural()))]
  if (!from.done || steps < 1) throw new RangeError('this is no way through a funnel')
  return { startMs, lastMs, steps, ids }
}
