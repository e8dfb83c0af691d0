/** Answers a series query from the mirrors of a source. */
import type { Position } from '../store/open.ts'
import { Columns } from './columns.ts'
import { plansFor, type Plan } from './plan.ts'
import { ProblemError } from './problem.ts'
import { latestOf } from './provenance.ts'
import type { SeriesQuery } from './query.ts'
import { ask, type Question } from './question.ts'
import type { OpenSource, Sources } from './sources.ts'
import type { SeriesAnswer } from './wire.ts'

/** One query against one source, ready to be answered again and again. */
export class SeriesAnswers {
  readonly query: SeriesQuery
  readonly #sources: Sources
  readonly #now: () => number
  #asked: { open: OpenSource; question: Question } | null = null

  constructor(query: SeriesQuery, sources: Sources, now: () => number) {
    this.query = query
    this.#sources = sources
    this.#now = now
  }

  /** Throws ProblemError or StoreError. */
  async answer(): Promise<SeriesAnswer> {
    const open = await this.#sources.get(this.query.source)
    if (this.#asked?.open !== open) this.#asked = { open, question: ask(this.query, open.source) }
    const { question } = this.#asked
    const clocks = { nowMs: this.#now(), latestMs: latestOf(await positionsOf(open)) }
    const plans = plansFor(question, clocks)
    for (const plan of plans) {
      try {
        return await this.#follow(plan, open)
      } catch (error) {
        const isLast = plan === plans.at(-1)
        if (isLast || !(error instanceof ProblemError && error.kind === 'too_many_cells')) throw error
      }
    }
    throw new ProblemError('internal', 'no plan was made')
  }

  async #follow(plan: Plan, open: OpenSource): Promise<SeriesAnswer> {
    const columns = new Columns(plan)
    const positions = await Promise.all(
      open.partitions.map(({ mirror }, partition) =>
        mirror.read(
          (held) => columns.wanted(partition, held),
          (position, held) => {
            if (position !== null) columns.fold(held)
            return position
          },
        ),
      ),
    )
    const { source, generation, def } = open
    return columns.finish({ topic: source.topic, generation, def, positions }, this.#now())
  }
}

/** Where every partition stands, at the cost of one round trip. */
export function positionsOf(open: OpenSource): Promise<(Position | null)[]> {
  return Promise.all(open.partitions.map(({ mirror }) => mirror.read(() => [], (position) => position)))
}
