/** Answers a series query from the mirrors of a source, and the range before it where that is asked for. */
import { PointBudget, type Size } from './budget.ts'
import { Columns } from './columns.ts'
import { Numbering } from './numbering.ts'
import type { Hashes } from './chunks.ts'
import type { Marks } from './partition-rows.ts'
import { plansFor, type Plan } from './plan.ts'
import type { SourceStanding } from './provenance.ts'
import type { SeriesQuery } from './query.ts'
import { ask, type Question } from './question.ts'
import type { OpenSource } from './sources.ts'
import { usesLatest, type Clocks } from './time.ts'
import { joiner, type Asker, type Attempt } from './together.ts'
import type { SeriesAnswer } from './wire.ts'

/** One query, ready to be answered again and again, one answer at a time; each after the first costs what changed. */
export class SeriesAsker implements Asker<SeriesAnswer> {
  readonly query: SeriesQuery
  readonly #budget: PointBudget
  #asked: { partitions: OpenSource['partitions']; question: Question } | null = null
  /** The last that led to an answer: one that touches too many cells, tried before it, does not cost it. */
  #kept: SeriesAttempt | null = null

  constructor(query: SeriesQuery, budget = new PointBudget()) {
    this.query = query
    this.#budget = budget
  }

  get usesLatest(): boolean {
    return usesLatest(this.query.from) || usesLatest(this.query.to)
  }

  attempts(open: OpenSource, clocks: Clocks): (() => SeriesAttempt)[] {
    if (this.#asked?.partitions !== open.partitions)
      this.#asked = { partitions: open.partitions, question: ask(this.query, open.source) }
    const { question } = this.#asked
    return plansFor(question, clocks).map((plan) => () => {
      const attempt =
        this.#kept?.fits(plan) === true
          ? this.#kept
          : new SeriesAttempt(
              plan,
              open.partitions.length,
              (answered) => (this.#kept = answered),
              (size) => this.#budget.take(this, size),
            )
      attempt.moveTo(plan)
      return attempt
    })
  }

  forget(): void {
    this.#kept = null
    this.#budget.release(this)
  }
}

class SeriesAttempt implements Attempt<SeriesAnswer> {
  readonly #numbering = new Numbering()
  readonly #columns: Columns
  /** The range before, in windows of the same interval. */
  readonly #previous: Columns | null
  readonly #join: ((parts: readonly (readonly string[])[]) => readonly string[])[]
  readonly #answered: (attempt: SeriesAttempt) => void
  readonly #take: (size: Size) => void
  #plan: Plan

  constructor(
    plan: Plan,
    partitions: number,
    answered: (attempt: SeriesAttempt) => void,
    take: (size: Size) => void,
  ) {
    this.#plan = plan
    this.#answered = answered
    this.#take = take
    this.#columns = new Columns(plan.question, plan.interval, partitions, this.#numbering)
    this.#previous =
      plan.shift === null ? null : new Columns(plan.question, plan.interval, partitions, this.#numbering)
    this.#join = Array.from({ length: partitions }, joiner)
  }

  fits({ question, interval }: Plan): boolean {
    return question === this.#plan.question && interval === this.#plan.interval && !this.#numbering.isWorn
  }

  moveTo(plan: Plan): void {
    this.#plan = plan
    this.#columns.moveTo(plan.first, plan.end)
    this.#previous?.moveTo(plan.first - plan.shift!, plan.end - plan.shift!)
  }

  wanted(partition: number, held: Hashes): readonly string[] {
    const wanted = this.#columns.wanted(partition, held)
    return this.#previous === null
      ? wanted
      : this.#join[partition]!([wanted, this.#previous.wanted(partition, held)])
  }

  fold(partition: number, held: Hashes, marks: Marks): void {
    this.#columns.fold(partition, held, marks)
    this.#previous?.fold(partition, held, marks)
  }

  lose(partition: number): void {
    this.#columns.lose(partition)
    this.#previous?.lose(partition)
  }

  finish(standing: SourceStanding, nowMs: number): SeriesAnswer {
    const { answer, shown } = this.#columns.finish(standing, nowMs, this.#take)
    this.#answered(this)
    if (this.#previous === null) return answer
    const { timesMs, series, others, meta } = answer
    const before = this.#previous.valuesOf(shown, meta, others !== undefined)
    return {
      timesMs,
      series,
      ...(others !== undefined && { others: { ...others, previous: before.others! } }),
      previous: { shiftMs: this.#plan.shift! * this.#plan.interval.ms, values: before.values },
      meta,
    }
  }
}
