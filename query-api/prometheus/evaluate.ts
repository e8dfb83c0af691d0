/** Evaluates an expression at a list of times; every selector is one question to the engine. */
import type { Source } from '../../model/definition.ts'
import type { RangesAnswer, RangesQuery } from '../engine/series/range-series.ts'
import { badParam } from '../problem.ts'
import { aggregate, AGGREGATIONS, ranked } from './aggregate.ts'
import type { Aggregation, Call, Expression, Selector } from './expression.ts'
import { callFunction, FUNCTIONS } from './functions.ts'
import { combine } from './operators.ts'
import { RANGE_FUNCTIONS, selectionOf, sourceOf, type Around, type Selection } from './selection.ts'
import { mapValues, type Labels, type Value, type VectorSeries } from './vector.ts'

export interface Asked {
  readonly answer: RangesAnswer
  readonly query: RangesQuery
}

/** What an expression asks the rest of the API for. */
export interface Engine {
  /** Throws not_found. */
  readonly source: (name: string) => Promise<Source>
  /** Up to when all of a source is known. */
  readonly asOfMs: (name: string) => Promise<number | null>
  readonly ask: (query: RangesQuery) => Promise<RangesAnswer>
}

export interface Times {
  readonly stepsMs: readonly number[]
  /** What a selector without a range is over. */
  readonly stepMs: number
}

/** A number is shown for a time that is not known yet for so long, as Prometheus shows the last sample. */
const STALE_MS = 300_000
const MOST_SERIES = 500
const MOST_SELECTORS = 20

export class Evaluation {
  /** What was asked, for what the answer says of itself. */
  readonly asked: Asked[] = []
  readonly #engine: Engine
  readonly #times: Times
  /** By source: asked once, so that both sides of a ratio are over the same stretch. */
  readonly #asOfMs = new Map<string, Promise<number | null>>()

  constructor(engine: Engine, times: Times) {
    this.#engine = engine
    this.#times = times
  }

  /** Throws ProblemError. */
  async of(expression: Expression): Promise<Value> {
    switch (expression.is) {
      case 'number':
        return { is: 'scalar', values: this.#times.stepsMs.map(() => expression.value) }
      case 'negation':
        return negated(await this.of(expression.of))
      case 'selector':
        return this.#select(expression, {})
      case 'call':
        return this.#call(expression, {})
      case 'aggregation':
        return this.#aggregate(expression)
      case 'binary':
        return combine(expression, await this.of(expression.left), await this.of(expression.right))
    }
  }

  async #call({ name, args }: Call, grouped: Partial<Around>): Promise<Value> {
    if (!RANGE_FUNCTIONS.includes(name)) {
      if (!FUNCTIONS.includes(name))
        throw badParam(
          'query',
          `${name} is not answered; functions are ${[...RANGE_FUNCTIONS, ...FUNCTIONS].join(', ')}`,
        )
      const values: Value[] = []
      for (const one of args) values.push(await this.of(one))
      return callFunction(name, values, this.#times.stepsMs)
    }
    const isQuantile = name === 'quantile_over_time'
    const selector = args.at(-1)
    if (selector?.is !== 'selector' || args.length !== (isQuantile ? 2 : 1))
      throw badParam(
        'query',
        `${name} takes ${isQuantile ? 'a number and ' : ''}a range, such as clicks:events[5m]`,
      )
    const [first] = args
    const quantile = isQuantile && first?.is === 'number' ? first.value : null
    return this.#select(selector, { ...grouped, fn: name, quantile })
  }

  /** An aggregation right around a selector is asked of the engine, which adds up events and not numbers of series. */
  async #aggregate({ op, by, parameter, of }: Aggregation): Promise<Value> {
    if (op === 'topk' || op === 'bottomk') {
      const most = parameter === null ? null : await this.of(parameter)
      if (most?.is !== 'scalar') throw badParam('query', `${op} takes a number and series`)
      const series = await this.#series(of, op)
      return { is: 'vector', series: ranked(op, most.values.map(Math.floor), by, series) }
    }
    if (!AGGREGATIONS.includes(op) || parameter !== null)
      throw badParam('query', `${op} is not answered; ${AGGREGATIONS.join(', ')} are`)
    const around = { by, aggregation: op }
    if (of.is === 'selector') return this.#select(of, around)
    if (of.is === 'call' && RANGE_FUNCTIONS.includes(of.name)) return this.#call(of, around)
    return { is: 'vector', series: aggregate(op, by, await this.#series(of, op), this.#times.stepsMs.length) }
  }

  async #series(of: Expression, op: string): Promise<readonly VectorSeries[]> {
    const value = await this.of(of)
    if (value.is === 'scalar') throw badParam('query', `${op} takes series, and not a number`)
    return value.series
  }

  async #select(selector: Selector, around: Partial<Around>): Promise<Value> {
    if (this.asked.length >= MOST_SELECTORS)
      throw badParam('query', `at most ${MOST_SELECTORS} selectors in one expression`)
    const { stepMs } = this.#times
    const name = sourceOf(selector)
    const source = await this.#engine.source(name)
    const nothing = { fn: null, quantile: null, by: null, aggregation: null }
    const selection = selectionOf(selector, source, { ...nothing, ...around, stepMs })
    const series = await this.#ask(selection)
    const isBare = around.fn === undefined && (around.aggregation ?? null) === null
    return { is: 'vector', series: series.map((one) => ({ ...one, name: isBare ? selector.name : null })) }
  }

  #asOf(source: string): Promise<number | null> {
    const asked = this.#asOfMs.get(source) ?? this.#engine.asOfMs(source)
    this.#asOfMs.set(source, asked)
    return asked
  }

  async #ask(selection: Selection): Promise<VectorSeries[]> {
    const { offsetMs, lengthMs, isRate, ...metric } = selection
    const asOfMs = await this.#asOf(selection.source)
    if (asOfMs === null) return []
    const ends = this.#times.stepsMs.map((ms) => ms - offsetMs)
    const known = [...ends.keys()].filter((step) => ends[step]! - asOfMs <= STALE_MS)
    if (known.length === 0) return []
    const query: RangesQuery = {
      ...metric,
      conditions: [],
      limit: MOST_SERIES,
      lengthMs,
      endsMs: known.map((step) => Math.min(ends[step]!, asOfMs)),
    }
    const answer = await this.#engine.ask(query)
    this.asked.push({ answer, query })
    const seconds = lengthMs / 1000
    return answer.series.map(({ labels, values }) => {
      const all: (number | null)[] = ends.map(() => null)
      for (const [at, step] of known.entries()) {
        const value = values[at]!
        all[step] = value === null || !isRate ? value : value / seconds
      }
      return { name: null, labels: named(labels), values: all }
    })
  }
}

/** A label that is absent is none. */
function named(labels: Readonly<Record<string, string | null>>): Labels {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([label, value]) => (value === null ? [] : [[label, value]])),
  )
}

function negated(value: Value): Value {
  return value.is === 'scalar'
    ? { is: 'scalar', values: value.values.map((one) => -one) }
    : { is: 'vector', series: value.series.map((one) => mapValues(one, (number) => -number)) }
}
