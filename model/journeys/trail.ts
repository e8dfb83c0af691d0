/** The latest views of one entity, what each says of the next ones, and how that lies in the store. docs/journeys.md says the rule. */
import type { ByteReader, ByteWriter } from '../numbers/varint.ts'

export const START = '(start)'
export const END = '(end)'
/** Of one entity; what comes before them by more is late. */
export const MOST_VIEWS = 16

export interface View {
  readonly timeMs: number
  readonly page: string
  /** Of the names under which it is told, as far as they are known: its page, the next, both, and with the one after. */
  readonly ids: readonly number[]
  /** The same of the start before it, where a visit begins with it. */
  readonly startIds: readonly number[]
}

/** What was before the first view that is remembered: nothing it could be linked to, a view of the same visit, or views that found no place. */
export const FRONT = { open: 0, continued: 1, cut: 2 } as const
export type Front = (typeof FRONT)[keyof typeof FRONT]

/** By time; of one time as they came. Never empty. */
export interface Trail {
  readonly front: Front
  readonly views: readonly View[]
}

/** A view, or the start of a visit: what comes next, and then, as far as it is known. */
export interface Stop {
  readonly view: View
  readonly isStart: boolean
  readonly page: string
  readonly next?: string
  /** Null: nothing comes after the end. */
  readonly after?: string | null
}

export const idsOf = ({ view, isStart }: Stop): readonly number[] => (isStart ? view.startIds : view.ids)

/** A page that is called like a mark gets one more pair of brackets, so that none is taken for it. */
export const pageText = (text: string): string => (isMarkLike(text) ? `(${text})` : text)
const isMarkLike = (text: string): boolean => /^\(+(start|end)\)+$/.test(text)

/** `steps`: how many onward are told; `isOver`: nothing comes after the last any more. */
export function stopsOf({ front, views }: Trail, gapMs: number, steps: number, isOver: boolean): Stop[] {
  const plain: { view: View; isStart: boolean; page: string }[] = []
  for (const [at, view] of views.entries()) {
    const isFirst = at === 0 ? front !== FRONT.continued : view.timeMs - views[at - 1]!.timeMs > gapMs
    if (isFirst) plain.push({ view, isStart: true, page: START })
    plain.push({ view, isStart: false, page: view.page })
  }
  const nextOf = (at: number): string | undefined => {
    const next = plain[at + 1]
    if (next === undefined) return isOver ? END : undefined
    return next.isStart ? END : next.page
  }
  return plain.map((stop, at) => {
    const next = nextOf(at)
    if (next === undefined) return stop
    if (steps < 2) return { ...stop, next }
    const after = next === END ? null : nextOf(at + 1)
    return after === undefined ? { ...stop, next } : { ...stop, next, after }
  })
}

/** Where a view of this time goes; null: before what is remembered, so that nobody knows what it follows. */
export function placeIn({ front, views }: Trail, timeMs: number): number | null {
  if (front !== FRONT.open && timeMs < (views[1] ?? views[0]!).timeMs) return null
  const at = views.findIndex((one) => one.timeMs > timeMs)
  return at < 0 ? views.length : at
}

/** Of it the views `[from, to)`, as if there were no more. */
export function partOf({ front, views }: Trail, from: number, to: number, gapMs: number): Trail {
  if (from === 0) return { front, views: views.slice(0, to) }
  const isLinked = views[from]!.timeMs - views[from - 1]!.timeMs <= gapMs
  return { front: isLinked ? FRONT.continued : FRONT.open, views: views.slice(from, to) }
}

/** Without views that no further one can follow, from `fromMs` on, nor change what they say; and without the first of too many. */
export function shortened(trail: Trail, gapMs: number, fromMs: number): Trail {
  const { views } = trail
  const isLinked = (at: number): boolean => at > 0 && views[at]!.timeMs - views[at - 1]!.timeMs <= gapMs
  const first = views.findIndex(({ timeMs }) => timeMs >= fromMs)
  const from = isLinked(first) ? first - 1 : first
  const left: Trail =
    from <= 0 ? trail : { front: isLinked(from) ? FRONT.continued : FRONT.open, views: views.slice(from) }
  if (left.views.length <= MOST_VIEWS) return left
  const cut = views.length - MOST_VIEWS
  return { front: isLinked(cut) ? FRONT.continued : FRONT.cut, views: views.slice(cut) }
}

/** u front, u views, then of each: z time minus that of the one before, u bytes of its page, u ids, then of the start before it. */
export function packTrail({ front, views }: Trail, out: ByteWriter): void {
  out.natural(front)
  out.natural(views.length)
  let beforeMs = 0
  for (const { timeMs, page, ids, startIds } of views) {
    out.integer(timeMs - beforeMs)
    out.sized(page)
    for (const some of [ids, startIds]) {
      out.natural(some.length)
      for (const id of some) out.natural(id)
    }
    beforeMs = timeMs
  }
}

/** Throws RangeError on bytes that are no views. */
export function unpackTrail(from: ByteReader): Trail {
  const natural = (): number => Number(from.natural())
  const some = (): number[] => Array.from({ length: natural() }, natural)
  const front = natural() as Front
  const views: View[] = []
  let beforeMs = 0
  for (let left = natural(); left > 0; left--) {
    const timeMs = beforeMs + Number(from.integer())
    views.push({ timeMs, page: from.sized().toString(), ids: some(), startIds: some() })
    beforeMs = timeMs
  }
  if (front > FRONT.cut || views.length === 0 || !from.done) throw new RangeError('these are no views')
  return { front, views }
}
