/**
 * Sessions of the entities of a partition: docs/sessions.md says the rule. Up to `late` behind the clock they do not depend on the order of events; what comes
 * later is in none. Who is remembered follows from the order of the log, and what a batch did is taken back until it is kept.
 */
import type { SessionsRule } from '../definition.ts'
import { Remembered } from '../remembered.ts'
import type { Session } from './session.ts'

export interface Visit {
  readonly timeMs: number
  readonly isPage: boolean
  readonly page: string | null
  readonly by: readonly (string | null)[]
}

/** What of an entity's sessions an event changes: those that it joins, by their times, and what they are now. */
export interface Joined {
  readonly was: readonly Session[]
  readonly now: Session
}

const NONE: readonly Session[] = []

export class Sessions {
  readonly #rule: SessionsRule
  readonly remembered: Remembered<readonly Session[]>

  constructor(rule: SessionsRule) {
    this.#rule = rule
    this.remembered = new Remembered(rule.budget, (held) => held.map(({ startMs }) => startMs))
  }

  /** `clockMs`: as earlier records left it, NaN where it is not known. `name` gives the session its ids. */
  take(
    entity: string,
    visit: Visit,
    clockMs: number,
    name: (was: readonly Session[], now: Omit<Session, 'ids'>) => readonly number[],
  ): Joined | 'late' | 'over' {
    this.#forget(clockMs)
    const { gapMs, lateMs } = this.#rule
    const { timeMs } = visit
    if (timeMs < this.remembered.from - lateMs) return 'late'
    const held = this.remembered.get(entity) ?? NONE
    // law L10: sessions have a budget
    if (held === NONE && !this.remembered.hasPlaceFor(entity)) return 'over'
    const isNear = ({ startMs, endMs }: Session): boolean =>
      startMs - gapMs <= timeMs && timeMs <= endMs + gapMs
    const was = held.filter(isNear)
    const made = joined(was, visit)
    const now = { ...made, ids: name(was, made) }
    const rest = held.filter((one) => !isNear(one))
    const at = rest.findIndex(({ startMs }) => startMs > now.startMs)
    this.remembered.set(entity, at < 0 ? [...rest, now] : [...rest.slice(0, at), now, ...rest.slice(at)])
    return { was, now }
  }

  /** Looks through all once a gap of the clock. */
  #forget(clockMs: number): void {
    if (Number.isNaN(clockMs)) return
    const { gapMs, lateMs } = this.#rule
    const gapAtMs = Math.floor(clockMs / gapMs) * gapMs
    // The beginning of the gap that the clock is in.
    if (!this.remembered.moveTo(gapAtMs)) return
    const fromMs = gapAtMs - lateMs - gapMs
    this.remembered.forget((held) => {
      if (held.every(({ endMs }) => endMs >= fromMs)) return held
      const left = held.filter(({ endMs }) => endMs >= fromMs)
      return left.length === 0 ? undefined : left
    })
  }
}

/** Those that lie within a gap of an event and the event itself, as one; they lie apart, so that their times order them. */
function joined(was: readonly Session[], { timeMs, isPage, page, by }: Visit): Omit<Session, 'ids'> {
  const [first, last] = [was[0], was.at(-1)]
  const looks = was.filter(({ pages }) => pages > 0)
  const [firstLook, lastLook] = [looks[0], looks.at(-1)]
  const sum = (of: (one: Session) => number): number => was.reduce((total, one) => total + of(one), 0)
  // Of one time the first of the log is the entry, the last the exit.
  const isEntry = isPage && (firstLook === undefined || timeMs < firstLook.entryMs)
  const isExit = isPage && (lastLook === undefined || timeMs >= lastLook.exitMs)
  return {
    startMs: Math.min(timeMs, first?.startMs ?? timeMs),
    endMs: Math.max(timeMs, last?.endMs ?? timeMs),
    events: 1 + sum(({ events }) => events),
    pages: (isPage ? 1 : 0) + sum(({ pages }) => pages),
    entryMs: isEntry ? timeMs : (firstLook?.entryMs ?? 0),
    exitMs: isExit ? timeMs : (lastLook?.exitMs ?? 0),
    entry: isEntry ? page : (firstLook?.entry ?? null),
    exit: isExit ? page : (lastLook?.exit ?? null),
    by: first === undefined || timeMs < first.startMs ? by : first.by,
  }
}
