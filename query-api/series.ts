/** Answers a series query from the mirrors of a source. */
import type { Position } from '../store/open.ts'
import { Columns } from './columns.ts'
import { plansFor, type Plan } from './plan.ts'
import { ProblemError } from './problem.ts'
import { latestOf } from './provenance.ts'
import type { SeriesQuery } from './query.ts'
import { ask, type Question } from './question.ts'
import { standingOf, type OpenSource, type Sources } from './sources.ts'
import { usesLatest } from './time.ts'
import type { SeriesAnswer } from './wire.ts'

/** One query, ready to be answered again and again, one answer at a time; each after the first costs what changed. */
export class SeriesAnswers {
  readonly query: SeriesQuery
  readonly #sources: Sources
  readonly #now: () => number
  #asked: { partitions: OpenSource['partitions']; question: Question } | null = null
  #columns: Columns | null = null

  constructor(query: SeriesQuery, sources: Sources, now: () => number) {
    this.query = query
    this.#sources = sources
    this.#now = now
  }

  /** Throws ProblemError or StoreError. */
  async answer(): Promise<SeriesAnswer> {
    const open = await this.#sources.get(this.query.source)
    if (this.#asked?.partitions !== open.partitions) this.#asked = { partitions: open.partitions, question: ask(this.query, open.source) }
    const plans = plansFor(this.#asked.question, { nowMs: this.#now(), latestMs: await this.#latest(open) })
    for (const plan of plans) {
      try {
        return await this.#follow(plan, open)
      } catch (error) {
        this.#columns = null
        const isLast = plan === plans.at(-1)
        if (isLast || !(error instanceof ProblemError && error.kind === 'too_many_cells')) throw error
      }
    }
    throw new ProblemError('internal', 'no plan was made')
  }

  /** The clock by which windows are kept only chooses the interval here, so the one of the last look will do, unless the range hangs on it. */
  async #latest(open: OpenSource): Promise<number | null> {
    const seen = open.partitions.map(({ mirror }) => mirror.position)
    const mayBeOld = seen.every((position) => position !== null) && !usesLatest(this.query.from) && !usesLatest(this.query.to)
    return latestOf(mayBeOld ? seen : await positionsOf(open))
  }

  async #follow(plan: Plan, open: OpenSource): Promise<SeriesAnswer> {
    if (this.#columns?.fits(plan) !== true) this.#columns = new Columns(plan.question, plan.interval, open.partitions.length)
    const columns = this.#columns
    columns.moveTo(plan)
    const positions = await Promise.all(
      open.partitions.map(({ mirror }, partition) =>
        mirror.read(
          (held) => columns.wanted(partition, held),
          (position, held) => {
            if (position !== null) columns.fold(partition, held, mirror)
            return position
          },
        ),
      ),
    )
    return columns.finish(standingOf(open, positions), this.#now())
  }
}

/** Where every partition stands, at the cost of one round trip. */
export function positionsOf(open: OpenSource): Promise<(Position | null)[]> {
  return Promise.all(open.partitions.map(({ mirror }) => mirror.read(() => NO_HASHES, (position) => position)))
}

const NO_HASHES: readonly string[] = []
