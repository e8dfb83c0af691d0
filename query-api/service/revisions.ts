/**
 * Late corrections of the answers that were given: of each question the last answer is remembered, and what stood in windows that were
 * called complete and is another number now. Nothing is known of questions that nobody asked, and nothing from before this process: how far
 * back it goes is told with it. Bounded in questions, points and corrections; what was asked least recently goes first.
 */
import {
  columnKey,
  correctionsOf,
  isComparable,
  isOfSameOthers,
  placedColumns,
  type Correction,
} from '../engine/corrections.ts'
import type { AnswerRevisions, SeriesAnswer } from '../wire.ts'

export const REVISION_LIMITS = {
  questions: 200,
  /** Of the last answers that are compared with, together; and of one. */
  points: 1_000_000,
  pointsOfOne: 100_000,
  /** Of all questions, and of one. */
  corrections: 50_000,
  correctionsOfOne: 1000,
  idleMs: 600_000,
} as const
/** An answer of fewer records than the one before was worked out before that one; for longer than this, the store lost some. */
const OUTRUN_MS = 10_000

interface Noted extends Correction {
  /** Of the first answer that had the new number. */
  readonly asOfMs: number
}

interface Question {
  last: SeriesAnswer
  lastMs: number
  /** From when on corrections are known: `asOfMs` of an answer that was given; null where none said. */
  sinceMs: number | null
  noted: Noted[]
}

export class Revisions {
  readonly #now: () => number
  /** Least recently asked first. */
  readonly #questions = new Map<string, Question>()
  #points = 0
  #corrections = 0

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  get size(): { questions: number; points: number; corrections: number } {
    return { questions: this.#questions.size, points: this.#points, corrections: this.#corrections }
  }

  /** An answer was given. `key` stands for the question, however its answer is written down. */
  note(key: string, answer: SeriesAnswer): void {
    const nowMs = this.#now()
    const known = this.#questions.get(key)
    if (known?.last === answer || pointsOf(answer) > REVISION_LIMITS.pointsOfOne) return
    if (known !== undefined && isOutrun(known.last, answer) && nowMs - known.lastMs < OUTRUN_MS) return
    const question = after(known, answer, nowMs)
    if (known !== undefined) this.#drop(key, known)
    this.#questions.set(key, question)
    this.#points += pointsOf(question.last)
    this.#corrections += question.noted.length
    this.#bound(nowMs)
  }

  /** Corrections that were first told in an answer as of `fromMs` or later, of what stands in this one. */
  of(key: string, answer: SeriesAnswer, fromMs: number): AnswerRevisions {
    const { sinceMs = null, noted = [] } = this.#questions.get(key) ?? {}
    const columns = placedColumns(answer)
    const places = new Map(columns.map((one, column) => [columnKey(one), column]))
    const windows = new Map(answer.timesMs.map((timeMs, at) => [timeMs, at]))
    const rows = new Map<string, AnswerRevisions['rows'][number]>()
    for (const { role, labels, timeMs, was, asOfMs } of noted) {
      const place = columnKey({ role, labels })
      const [column, at] = [places.get(place), windows.get(timeMs)]
      if (asOfMs < fromMs || column === undefined || at === undefined) continue
      const is = columns[column]!.values[at]!
      // What stood there first, what stands there now, and when it was last corrected.
      const first = rows.get(`${timeMs} ${place}`)
      rows.set(`${timeMs} ${place}`, {
        column,
        role,
        labels,
        timeMs,
        was: first === undefined ? was : first.was,
        is,
        asOfMs,
      })
    }
    return {
      sinceMs: sinceMs === null ? null : Math.max(sinceMs, fromMs),
      rows: [...rows.values()].filter(({ was, is }) => is !== null && was !== is),
    }
  }

  #bound(nowMs: number): void {
    for (const [key, question] of this.#questions) {
      const isTooMuch =
        this.#questions.size > REVISION_LIMITS.questions ||
        this.#points > REVISION_LIMITS.points ||
        this.#corrections > REVISION_LIMITS.corrections
      if (!isTooMuch && nowMs - question.lastMs < REVISION_LIMITS.idleMs) return
      this.#drop(key, question)
    }
  }

  #drop(key: string, { last, noted }: Question): void {
    this.#questions.delete(key)
    this.#points -= pointsOf(last)
    this.#corrections -= noted.length
  }
}

function after(known: Question | undefined, answer: SeriesAnswer, nowMs: number): Question {
  const { asOfMs } = answer.meta
  const isNext = known !== undefined && isComparable(known.last, answer) && !isOutrun(known.last, answer)
  if (!isNext) return { last: answer, lastMs: nowMs, sinceMs: asOfMs, noted: [] }
  const { series, others, previous } = answer
  if (known.last.series === series && known.last.others === others && known.last.previous === previous)
    return { ...known, last: answer, lastMs: nowMs, sinceMs: known.sinceMs ?? asOfMs }
  const news = correctionsOf(known.last, answer).map((one): Noted => ({ ...one, asOfMs: asOfMs ?? 0 }))
  const hasSameOthers = isOfSameOthers(known.last, answer)
  const firstMs = answer.timesMs[0] ?? 0
  const noted = [
    ...known.noted.filter(({ timeMs, labels }) => timeMs >= firstMs && (labels !== null || hasSameOthers)),
    ...news,
  ]
  const lost = noted.splice(0, Math.max(0, noted.length - REVISION_LIMITS.correctionsOfOne)).at(-1)
  return {
    last: answer,
    lastMs: nowMs,
    sinceMs: lost === undefined ? (known.sinceMs ?? asOfMs) : lost.asOfMs + 1,
    noted,
  }
}

const recordsOf = ({ meta }: SeriesAnswer): number =>
  Object.values(meta.vector).reduce((sum, next) => sum + next, 0)
const isOutrun = (last: SeriesAnswer, next: SeriesAnswer): boolean =>
  last.meta.generation === next.meta.generation && recordsOf(next) < recordsOf(last)
const pointsOf = ({ timesMs, series, others, previous }: SeriesAnswer): number =>
  timesMs.length * (series.length + (others === undefined ? 0 : 1)) * (previous === undefined ? 1 : 2)
