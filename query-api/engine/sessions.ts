/** Answers `/v1/sessions`: rankings of the statistics of sessions, of one order, and their series where asked for, all at one vector. */
import { factsOf } from '../../model/facts.ts'
import type { Source } from '../../model/definition.ts'
import type { SessionsQuery } from '../language/sessions-query.ts'
import { usesLatest, type Clocks } from '../language/time.ts'
import { badParam, ProblemError } from '../problem.ts'
import type { SourceState } from '../sources/provenance.ts'
import type { OpenSource } from '../sources/sources.ts'
import type { SeriesAnswer, SessionsAnswer, TopAnswer } from '../wire.ts'
import { PointBudget } from './budget.ts'
import type { Hashes } from './chunks.ts'
import { EntitySamples } from './entity-samples.ts'
import { joiner, type Execution, type PreparedQuery } from './one-snapshot.ts'
import type { Marks } from './partition-rows.ts'
import { PreparedSeries } from './series.ts'
import { FIGURES, LEFT_OUT, sessionsBody } from './sessions-body.ts'
import { PreparedTop } from './top.ts'

const NAME = 'sessions'

export class PreparedSessions implements PreparedQuery<SessionsAnswer> {
  readonly query: SessionsQuery
  readonly #tops: readonly PreparedTop[]
  readonly #series: readonly PreparedSeries[]
  readonly #leftOut: readonly PreparedTop[]

  constructor(query: SessionsQuery, budget = new PointBudget()) {
    this.query = query
    const { source, by, where, interval, compare, calendar, from, to, limit } = query
    const metric = { source, metric: NAME, conditions: [] }
    const range = { from, to, calendar, limit }
    const ranked = { ...metric, ...range, order: 'desc', format: 'json' } as const
    this.#tops = FIGURES.map((stat) => new PreparedTop({ ...ranked, stat, by, where, compare }))
    this.#leftOut = LEFT_OUT.map(
      (stat) => new PreparedTop({ ...ranked, stat, by: [], where: [], compare: null }),
    )
    this.#series =
      interval === null
        ? []
        : FIGURES.map((stat) => {
            const one = { ...metric, ...range, stat, by, where, interval, raw: false } as const
            return new PreparedSeries({ ...one, compare: null, format: 'columns' }, budget)
          })
  }

  get usesLatest(): boolean {
    return (
      usesLatest(this.query.from) || usesLatest(this.query.to) || this.#series.some((one) => one.usesLatest)
    )
  }

  executions(open: OpenSource, clocks: Clocks): (() => Execution<SessionsAnswer>)[] {
    const { source, partitions } = open
    const facts = factsOf(source).find(({ name }) => name === NAME)
    if (facts === undefined)
      throw badParam('source', `${source.name} has no sessions; "sessions: {}" in its definition makes some`)
    const read = { ...open, source: facts.read }
    const all = [...this.#tops, ...this.#leftOut, ...this.#series].map((one) =>
      splitBySource(
        source,
        () => one.executions(read, clocks) as (() => Execution<SeriesAnswer | TopAnswer>)[],
      ),
    )
    // Each falls back by itself; one that has no further way stays at its last.
    const ways = Math.max(...all.map(({ length }) => length))
    return Array.from({ length: ways }, (_, at) => () => {
      const executions = all.map((its) => its[Math.min(at, its.length - 1)]!())
      return new SessionsExecution(this.query, source, executions, partitions.length)
    })
  }

  get keptCells(): number {
    return this.#all.reduce((sum, one) => sum + one.keptCells, 0)
  }

  forget(): void {
    for (const one of this.#all) one.forget()
  }

  get #all(): readonly (PreparedTop | PreparedSeries)[] {
    return [...this.#tops, ...this.#leftOut, ...this.#series]
  }
}

class SessionsExecution implements Execution<SessionsAnswer> {
  readonly #query: SessionsQuery
  readonly #source: Source
  readonly #executions: readonly Execution<SeriesAnswer | TopAnswer>[]
  readonly #samples = new EntitySamples()
  readonly #join: ((parts: readonly (readonly string[])[]) => readonly string[])[]

  constructor(
    query: SessionsQuery,
    source: Source,
    executions: readonly Execution<SeriesAnswer | TopAnswer>[],
    partitions: number,
  ) {
    this.#query = query
    this.#source = source
    this.#executions = executions
    this.#join = Array.from({ length: partitions }, joiner)
  }

  wanted(partition: number, held: Hashes): readonly string[] {
    return this.#join[partition]!([
      SAMPLE,
      ...this.#executions.map((execution) => execution.wanted(partition, held)),
    ])
  }

  *fold(partition: number, held: Hashes, marks: Marks): Generator<void> {
    this.#samples.take(partition, held)
    for (const execution of this.#executions) yield* execution.fold(partition, held, marks)
  }

  lose(partition: number): void {
    this.#samples.lose(partition)
    for (const execution of this.#executions) execution.lose(partition)
  }

  *finish(state: SourceState, nowMs: number): Generator<void, SessionsAnswer> {
    const answers: (SeriesAnswer | TopAnswer)[] = []
    for (const execution of this.#executions) answers.push(yield* execution.finish(state, nowMs))
    const [tops, leftOut] = [FIGURES.length, FIGURES.length + LEFT_OUT.length]
    return sessionsBody(
      this.#query,
      this.#source,
      {
        tops: answers.slice(0, tops) as TopAnswer[],
        leftOut: answers.slice(tops, leftOut) as TopAnswer[],
        series: answers.slice(leftOut) as SeriesAnswer[],
      },
      this.#join.length > 1 && this.#samples.isAnyTwice,
    )
  }
}

const SAMPLE: readonly string[] = [EntitySamples.suffix]

/** Problems in words of the definition, where sessions are split by other things than events. */
function splitBySource<T>({ name, sessions }: Source, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ProblemError) || error.kind !== 'breakdown_needed') throw error
    const by = sessions!.by.map((one) => one.name)
    const known = ['entry', 'exit', ...by].join(', ')
    throw new ProblemError(
      'breakdown_needed',
      `the sessions of ${name} are split by ${known}, each by itself; add what is asked for together to by: of its sessions: in the definition`,
    )
  }
}
