/**
 * Sessions of the entities of a partition: docs/sessions.md says the rule. Up to `late` behind the clock they do not depend on the order of events; what comes
 * later is in none. Who is remembered follows from the order of the log, and what a batch did is taken back until it is kept.
 */
import type { SessionsRule } from '../definition.ts'
import { DAY_MS } from '../chunk.ts'
import type { Session } from './session.ts'

/** An entity with a longer name, in bytes of UTF-8, has no sessions. */
export const MOST_ENTITY_BYTES = 256

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
  readonly #held = new Map<string, readonly Session[]>()
  /** What this batch changed, as it was. */
  readonly #before = new Map<string, readonly Session[]>()
  /** UTC day -> sessions that began on it. */
  readonly #days = new Map<number, number>()
  /** The beginning of the gap that the clock is in; sessions that ended before {@link #fromMs} are forgotten. */
  #gapAtMs = -Infinity

  constructor(rule: SessionsRule) {
    this.#rule = rule
  }

  get entities(): number {
    return this.#held.size
  }

  /** Entities that this batch changed. */
  get changed(): number {
    return this.#before.size
  }

  /** Days on which remembered sessions began. */
  get days(): Iterable<number> {
    return this.#days.keys()
  }

  /** As the store holds it. */
  load(entity: string, sessions: readonly Session[]): void {
    this.#put(entity, sessions)
  }

  /** `clockMs`: as earlier records left it, NaN where it is not known. `name` gives the session its ids. */
  take(
    entity: string,
    visit: Visit,
    clockMs: number,
    name: (was: readonly Session[], now: Omit<Session, 'ids'>) => readonly number[],
  ): Joined | 'late' | 'over' {
    this.#forget(clockMs)
    const { gapMs, lateMs, budget } = this.#rule
    const { timeMs } = visit
    if (timeMs < this.#gapAtMs - lateMs) return 'late'
    const held = this.#held.get(entity) ?? NONE
    // law L10: sessions have a budget
    if (held === NONE && (this.#held.size >= budget || Buffer.byteLength(entity) > MOST_ENTITY_BYTES))
      return 'over'
    const isNear = ({ startMs, endMs }: Session): boolean =>
      startMs - gapMs <= timeMs && timeMs <= endMs + gapMs
    const was = held.filter(isNear)
    const made = joined(was, visit)
    const now = { ...made, ids: name(was, made) }
    const rest = held.filter((one) => !isNear(one))
    const at = rest.findIndex(({ startMs }) => startMs > now.startMs)
    this.#note(entity, held)
    this.#put(entity, at < 0 ? [...rest, now] : [...rest.slice(0, at), now, ...rest.slice(at)])
    return { was, now }
  }

  /** Takes back what came since the last {@link keep}. What the clock made it forget comes back too: it is forgotten again. */
  discard(): void {
    if (this.#before.size === 0) return
    for (const [entity, held] of this.#before) this.#put(entity, held)
    this.#before.clear()
    this.#gapAtMs = -Infinity
  }

  /** Ends the batch: entities that it changed, with what they have now; nothing of them is left where that is empty. */
  keep(): [entity: string, sessions: readonly Session[]][] {
    const changed = [...this.#before.keys()].flatMap((entity): [string, readonly Session[]][] => [
      [entity, this.#held.get(entity) ?? NONE],
    ])
    this.#before.clear()
    return changed
  }

  #note(entity: string, held: readonly Session[]): void {
    if (!this.#before.has(entity)) this.#before.set(entity, held)
  }

  #put(entity: string, sessions: readonly Session[]): void {
    for (const { startMs } of this.#held.get(entity) ?? NONE) this.#count(startMs, -1)
    for (const { startMs } of sessions) this.#count(startMs, 1)
    if (sessions.length === 0) this.#held.delete(entity)
    else this.#held.set(entity, sessions)
  }

  #count(startMs: number, times: 1 | -1): void {
    const day = Math.floor(startMs / DAY_MS)
    const count = (this.#days.get(day) ?? 0) + times
    if (count === 0) this.#days.delete(day)
    else this.#days.set(day, count)
  }

  /** Looks through all once a gap of the clock. */
  #forget(clockMs: number): void {
    if (Number.isNaN(clockMs)) return
    const { gapMs, lateMs } = this.#rule
    const gapAtMs = Math.floor(clockMs / gapMs) * gapMs
    if (gapAtMs <= this.#gapAtMs) return
    this.#gapAtMs = gapAtMs
    const fromMs = gapAtMs - lateMs - gapMs
    for (const [entity, held] of this.#held) {
      if (held.every(({ endMs }) => endMs >= fromMs)) continue
      this.#note(entity, held)
      this.#put(
        entity,
        held.filter(({ endMs }) => endMs >= fromMs),
      )
    }
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
