/** Answers questions about facts, such as sessions: rankings of their statistics, of one order, and their series where asked for, all at one vector. */
import type { Source } from '../../../model/definition.ts'
import type { Facts } from '../../../model/fact.ts'
import type { FactsQuery } from '../../language/facts-query.ts'
import { usesLatest, type Clocks } from '../../language/time.ts'
import { ProblemError } from '../../problem.ts'
import type { OpenSource } from '../../sources/sources.ts'
import type { SeriesAnswer, TopAnswer } from '../../wire.ts'
import { PointBudget } from '../plan/budget.ts'
import { FactsExecution } from './facts-execution.ts'
import type { Execution, PreparedQuery } from '../rows/one-snapshot.ts'
import { PreparedSeries } from '../series/series.ts'
import { PreparedTop } from '../ranking/top.ts'

/** What is asked of the facts of a source. */
export interface AskedFacts {
  readonly facts: Facts
  /** Statistics of their measure: of each name, and of all events of the range, whatever is asked for. */
  readonly figures: readonly string[]
  readonly leftOut: readonly (string | AskedTop)[]
  /** Why no breakdown holds what is asked for, in words of the definition. */
  readonly split: string
}

/** A ranking of its own, beside what is asked for. */
export interface AskedTop {
  readonly stat: string
  readonly by: readonly string[]
  readonly where: FactsQuery['where']
  readonly limit: number
}

export interface FactsParts {
  /** One for each figure, of the same names in the same order. */
  readonly tops: readonly TopAnswer[]
  readonly leftOut: readonly TopAnswer[]
  /** None, or one for each figure. */
  readonly series: readonly SeriesAnswer[]
  /** An entity is in two partitions. */
  readonly isTwice: boolean
}

interface Asked extends AskedFacts {
  readonly tops: readonly PreparedTop[]
  readonly leftOutTops: readonly PreparedTop[]
  readonly series: readonly PreparedSeries[]
}

export abstract class PreparedFacts<Q extends FactsQuery, A> implements PreparedQuery<A> {
  readonly query: Q
  readonly #budget: PointBudget
  #asked: { of: OpenSource['partitions']; asked: Asked } | null = null

  constructor(query: Q, budget = new PointBudget()) {
    this.query = query
    this.#budget = budget
  }

  /** Throws bad_request where the source has no such facts. */
  protected abstract ask(open: OpenSource): AskedFacts
  protected abstract bodyOf(open: OpenSource, parts: FactsParts): A

  get usesLatest(): boolean {
    const { from, to, interval, calendar } = this.query
    // As of series: days are put together from what is kept now.
    return calendar !== null || interval !== null || usesLatest(from) || usesLatest(to)
  }

  executions(open: OpenSource, clocks: Clocks): (() => Execution<A>)[] {
    const asked = this.#askedOf(open)
    this.#checkFields(open, asked)
    const read = { ...open, source: asked.facts.read }
    const all = allOf(asked).map((one) =>
      inWordsOf(
        asked.split,
        () => one.executions(read, clocks) as (() => Execution<SeriesAnswer | TopAnswer>)[],
      ),
    )
    // Each falls back by itself; one that has no further way stays at its last.
    const ways = Math.max(...all.map(({ length }) => length))
    return Array.from({ length: ways }, (_, at) => () => {
      const executions = all.map((its) => its[Math.min(at, its.length - 1)]!())
      const bodyOf = (parts: FactsParts): A => this.bodyOf(open, parts)
      return new FactsExecution(asked.facts.name, executions, function* (answers, isTwice) {
        yield
        return bodyOf(partsOf(asked, answers, isTwice))
      })
    })
  }

  get keptCells(): number {
    return this.#all.reduce((sum, one) => sum + one.keptCells, 0)
  }

  forget(): void {
    for (const one of this.#all) one.forget()
  }

  get #all(): readonly (PreparedTop | PreparedSeries)[] {
    return this.#asked === null ? [] : allOf(this.#asked.asked)
  }

  #askedOf(open: OpenSource): Asked {
    if (this.#asked?.of !== open.partitions) {
      this.forget()
      this.#asked = { of: open.partitions, asked: this.#prepare(this.ask(open)) }
    }
    return this.#asked.asked
  }

  /** Fields of events are not all fields of facts. Throws breakdown_needed. */
  #checkFields({ source }: OpenSource, { facts, split }: AskedFacts): void {
    const { by, where } = this.query
    const isOf = ({ fields }: Source, field: string): boolean => fields.some(({ name }) => name === field)
    const isOther = (field: string): boolean => isOf(source, field) && !isOf(facts.read, field)
    if ([...by, ...where.map(({ field }) => field)].some(isOther))
      throw new ProblemError('breakdown_needed', split)
  }

  #prepare(ask: AskedFacts): Asked {
    const { source, by, where, interval, compare, calendar, from, to, limit } = this.query
    const common = { source, metric: ask.facts.name, conditions: [], from, to, calendar, limit }
    const ranked = { ...common, order: 'desc', format: 'json' } as const
    return {
      ...ask,
      tops: ask.figures.map((stat) => new PreparedTop({ ...ranked, stat, by, where, compare })),
      leftOutTops: ask.leftOut.map(
        (one) =>
          new PreparedTop({
            ...ranked,
            by: [],
            where: [],
            // Not told, but edges of the range lie where both ranges are kept: they have to be the same for all.
            compare,
            ...(typeof one === 'string' ? { stat: one } : one),
          }),
      ),
      series:
        interval === null
          ? []
          : ask.figures.map((stat) => {
              const one = { ...common, stat, by, where, interval, raw: false, compare: null } as const
              return new PreparedSeries({ ...one, format: 'columns' }, this.#budget)
            }),
    }
  }
}

const allOf = ({ tops, leftOutTops, series }: Asked): readonly (PreparedTop | PreparedSeries)[] => [
  ...tops,
  ...leftOutTops,
  ...series,
]

function partsOf(
  { figures, leftOut }: Asked,
  answers: readonly (SeriesAnswer | TopAnswer)[],
  isTwice: boolean,
): FactsParts {
  const [tops, rest] = [figures.length, figures.length + leftOut.length]
  return {
    tops: answers.slice(0, tops) as TopAnswer[],
    leftOut: answers.slice(tops, rest) as TopAnswer[],
    series: answers.slice(rest) as SeriesAnswer[],
    isTwice,
  }
}

/** Facts are split by other things than events. */
export function inWordsOf<T>(split: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ProblemError) || error.kind !== 'breakdown_needed') throw error
    throw new ProblemError('breakdown_needed', split)
  }
}
