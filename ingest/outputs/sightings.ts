/** Which events are sightings of an entity, and what presence and latest values share of that. */
import type { DecodedBatch } from '../../model/columns/batch.ts'
import type { Entity, Source } from '../../model/definition.ts'
import { dayOf, firstDayOf } from '../../model/living.ts'
import type { Run } from '../../model/run.ts'
import { limitOf } from '../../model/sightings.ts'

/** Looked through, and at most forgotten, in one call; one a second. */
export const FORGET_A_CALL = 256
const FORGET_EVERY_MS = 1000

/** Calls `seen` for each event of a run that leaves presence. */
export function eachSighting(
  run: Run,
  column: number,
  { futureMs }: Source,
  { forgetMs }: Entity,
  seen: (entity: number, timeMs: number, limitMs: number, n: number) => void,
): void {
  const { timeMs, texts } = run.batch.events
  const codes = texts[column]!
  let clockMs = NaN
  let firstDay = -Infinity
  for (let n = 0; n < run.count; n++) {
    const event = run.events[n]!
    const entity = codes[event]!
    if (entity === 0) continue
    const clock = run.clockMs[n]!
    const isKnown = !Number.isNaN(clock)
    if (isKnown && clock !== clockMs) firstDay = firstDayOf(forgetMs, (clockMs = clock))
    const time = timeMs[event]!
    if (isKnown && dayOf(time) < firstDay) continue
    seen(entity, time, limitOf(isKnown ? clock : null, time, futureMs), n)
  }
}

/** Column of a text field. */
export function textColumn({ layout }: DecodedBatch, { fields }: Source, field: string): number {
  return layout.textOf[fields.findIndex(({ name }) => name === field)]!
}

/** When to look for what was not seen for long. */
export class ForgetTimer {
  readonly #forgetMs: number
  #askedMs = 0

  constructor({ forgetMs }: Entity) {
    this.#forgetMs = forgetMs
  }

  /** The first day that is remembered, where it is time to look; else null. */
  dayAt(clockMs: number | null, nowMs: number): number | null {
    const firstDay = firstDayOf(this.#forgetMs, clockMs)
    if (firstDay === -Infinity || (nowMs >= this.#askedMs && nowMs - this.#askedMs < FORGET_EVERY_MS))
      return null
    this.#askedMs = nowMs
    return firstDay
  }
}
