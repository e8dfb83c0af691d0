/**
 * From page to page, of the entities of a partition: docs/journeys.md says the rule. Up to `late` behind the clock what is told does not depend on the order of
 * events. What a batch did is taken back until it is kept.
 */
import type { JourneysRule } from '../definition.ts'
import { Remembered } from '../remembered.ts'
import { Earliest } from './earliest.ts'
import { FRONT, idsOf, placeIn, shortened, stopsOf, type Stop, type Trail, type View } from './trail.ts'

/** So that no event has to end the visits of all entities. */
const FORGOTTEN_AN_EVENT = 2

/** Asks for the id of a name. `breakdown`: of the fact; the total is 0. */
export type NameOf = (breakdown: number, timeMs: number, values: readonly (string | null)[]) => number

/** What a stop says of its page: before, and now. */
export interface Retold {
  readonly timeMs: number
  readonly isStart: boolean
  /** As {@link View.ids}; none: it was, or is, not told. */
  readonly was: readonly number[]
  readonly now: readonly number[]
}

const NONE: readonly Retold[] = []
const NO_IDS: readonly number[] = []

export class Journeys {
  readonly #rule: JourneysRule
  readonly remembered: Remembered<Trail>
  /** Each that is remembered, at the time of its last view or before. */
  #earliest: Earliest | null = null

  constructor(rule: JourneysRule) {
    this.#rule = rule
    this.remembered = new Remembered<Trail>(rule.budget, ({ views }) => views.map(({ timeMs }) => timeMs))
  }

  /** Ends visits that nothing can go on with any more: before each event, the earliest first. `clockMs`: as earlier records left it, NaN where it is not known. */
  forget(clockMs: number, nameOf: NameOf): readonly Retold[] {
    if (Number.isNaN(clockMs)) return NONE
    const fromMs = this.#fromMs(clockMs)
    const earliest = this.#byTime()
    let retold = NONE
    for (let left = FORGOTTEN_AN_EVENT; left > 0 && (earliest.first?.timeMs ?? fromMs) < fromMs; ) {
      const { entity, timeMs } = earliest.first!
      const trail = this.remembered.get(entity)!
      const lastMs = trail.views.at(-1)!.timeMs
      earliest.pop()
      if (lastMs > timeMs) {
        earliest.push(entity, lastMs)
        continue
      }
      retold = [...retold, ...this.#retell(trail, trail, true, nameOf).retold]
      this.remembered.drop(entity)
      left--
    }
    return retold
  }

  /** `opens`: a visit begins with it that was not there. */
  take(
    entity: string,
    timeMs: number,
    page: string,
    clockMs: number,
    nameOf: NameOf,
  ): { readonly retold: readonly Retold[]; readonly opens: boolean } | 'late' | 'over' {
    const { gapMs, lateMs } = this.#rule
    if (timeMs < clockMs - lateMs) return 'late'
    const earliest = this.#byTime()
    const held = this.remembered.get(entity)
    // law L10: journeys have a budget
    if (held === undefined && !this.remembered.hasPlaceFor(entity)) return 'over'
    const view: View = { timeMs, page, ids: NO_IDS, startIds: NO_IDS }
    const before = held ?? { front: FRONT.open, views: [] }
    const at = held === undefined ? 0 : placeIn(held, timeMs)
    if (at === null) return 'late'
    const views = [...before.views.slice(0, at), view, ...before.views.slice(at)]
    const { trail, retold } = this.#retell(before, { ...before, views }, false, nameOf)
    const fromMs = Number.isNaN(clockMs) ? -Infinity : this.#fromMs(clockMs)
    this.remembered.set(entity, shortened(trail, gapMs, fromMs))
    if (held === undefined) earliest.push(entity, timeMs)
    const isNear = (one: View | undefined): boolean =>
      one !== undefined && Math.abs(one.timeMs - timeMs) <= gapMs
    return { retold, opens: !isNear(before.views[at - 1]) && !isNear(before.views[at]) }
  }

  /** See {@link Remembered.discard}. */
  discard(): void {
    if (this.remembered.changed > 0) this.#earliest = null
    this.remembered.discard()
  }

  /** Before it no view can have a next one that is not known. */
  #fromMs(clockMs: number): number {
    return clockMs - this.#rule.lateMs - this.#rule.gapMs
  }

  #byTime(): Earliest {
    if (this.#earliest !== null) return this.#earliest
    this.#earliest = new Earliest()
    for (const [entity, { views }] of this.remembered.entries)
      this.#earliest.push(entity, views.at(-1)!.timeMs)
    return this.#earliest
  }

  /** What is told otherwise, and the views with the ids that they have then. Names are asked for by time, and of each stop in the order of the breakdowns. */
  #retell(
    before: Trail,
    after: Trail,
    isOver: boolean,
    nameOf: NameOf,
  ): { readonly trail: Trail; readonly retold: Retold[] } {
    const { gapMs, steps } = this.#rule
    const was = new Map<View, { view?: Stop; start?: Stop }>()
    for (const stop of stopsOf(before, gapMs, steps, false)) {
      const held = was.get(stop.view) ?? {}
      held[stop.isStart ? 'start' : 'view'] = stop
      was.set(stop.view, held)
    }
    const retold: Retold[] = []
    const ids = new Map<View, { view?: readonly number[]; start?: readonly number[] }>()
    for (const stop of stopsOf(after, gapMs, steps, isOver)) {
      const kind = stop.isStart ? 'start' : 'view'
      const held = was.get(stop.view)
      const old = held?.[kind]
      if (held !== undefined) delete held[kind]
      const isSame = old !== undefined && old.next === stop.next && old.after === stop.after
      const now = isSame ? idsOf(stop) : namesOf(stop, old, nameOf)
      ids.set(stop.view, { ...ids.get(stop.view), [kind]: now })
      if (!isSame)
        retold.push({
          timeMs: stop.view.timeMs,
          isStart: stop.isStart,
          was: old === undefined ? NO_IDS : idsOf(old),
          now,
        })
    }
    for (const [view, gone] of was)
      if (gone.start !== undefined)
        retold.push({ timeMs: view.timeMs, isStart: true, was: view.startIds, now: NO_IDS })
    const views = after.views.map((view) => {
      const { view: own = NO_IDS, start = NO_IDS } = ids.get(view)!
      return own === view.ids && start === view.startIds ? view : { ...view, ids: own, startIds: start }
    })
    return { trail: { ...after, views }, retold }
  }
}

/** What is called as it was keeps its id: it may be none of its own, which is taken back where it was put. */
function namesOf(stop: Stop, old: Stop | undefined, nameOf: NameOf): number[] {
  const { page, next, after } = stop
  const { timeMs } = stop.view
  const had = old === undefined ? NO_IDS : idsOf(old)
  const ids = [had[0] ?? nameOf(1, timeMs, [page])]
  if (next === undefined) return ids
  const isSameNext = old?.next === next
  ids.push(isSameNext ? had[1]! : nameOf(2, timeMs, [next]))
  ids.push(isSameNext ? had[2]! : nameOf(3, timeMs, [page, next]))
  if (after !== undefined)
    ids.push(isSameNext && old.after === after ? had[3]! : nameOf(4, timeMs, [page, next, after]))
  return ids
}
