/** Metrics that are worked out from others: their parts are those of the others, merged as such, and only what comes out at the end is divided. */
import type { Breakdown, Derived, Metric, Operand, Source } from '../../../model/definition.ts'
import { isKeptIn } from '../../../model/kept-in.ts'
import { cellLayout, measureOf, type Approximation, type Statistic } from '../../../model/measures/index.ts'
import { partsOf, statisticOf, type Part, type Parts } from '../../../model/measures/part.ts'

/** What a query asks for, as a metric without a measure of its own; it is kept where all that it is made of is. */
export function metricOfDerived({ name, kind, of }: Derived, source: Source): Metric {
  const made = source.metrics.filter((metric) => of.some((operand) => operand.metric === metric.name))
  if (made.every(({ breakdowns }) => breakdowns === undefined)) return { kind, name, where: [] }
  const kept = source.breakdowns.filter((breakdown) => made.every((one) => isKeptIn(one, breakdown.name)))
  return { kind, name, where: [], breakdowns: kept.map((breakdown) => breakdown.name) }
}

export function derivedOf({ derived }: Pick<Source, 'derived'>, name: string): Derived | null {
  return derived?.find((one) => one.name === name) ?? null
}

/** The metrics that a metric is made of: itself, where it is none that is derived. */
export function countedOf(source: Source, name: string): readonly Metric[] {
  const derived = derivedOf(source, name)
  const names = derived === null ? [name] : derived.of.map(({ metric }) => metric)
  return source.metrics.filter((metric) => names.includes(metric.name))
}

const KINDS: ReadonlySet<string> = new Set<Derived['kind']>(['ratio', 'difference', 'per'])
export const isDerivedKind = (kind: string): boolean => KINDS.has(kind)

/** The one statistic that a derived metric has, by the name of its kind. */
export function derivedStatistic(derived: Derived, metrics: readonly Metric[]): Statistic {
  const of = derived.of.map(({ metric, stat }) =>
    statisticOf(metrics.find(({ name }) => name === metric)!, stat),
  )
  const [first] = of as [Statistic]
  const unit = of.every((one) => one.unit === 'field') ? 'field' : 'number'
  switch (derived.kind) {
    case 'ratio':
      return { ofNothing: null, addsUp: false, withMore: 'unknown', unit: 'number' }
    case 'difference':
      return {
        ofNothing: of.every(({ ofNothing }) => ofNothing === 0) ? 0 : null,
        addsUp: of.every(({ addsUp }) => addsUp),
        withMore: 'unknown',
        unit,
      }
    case 'per':
      return {
        ...first,
        withMore: first.withMore === 'grows' ? 'grows' : 'unknown',
        addsUp: first.addsUp,
        isPerSecond: true,
      }
  }
}

interface Side {
  readonly stat: string
  readonly parts: Parts
}

/** Of cells of a breakdown that keeps all operands. A part is one of each. */
export function derivedParts(derived: Derived, source: Source, breakdown: Breakdown): Parts {
  const { metrics } = source
  const layout = cellLayout(source, breakdown.name)
  const sides = derived.of.map(({ metric, stat }: Operand): Side => {
    const at = metrics.findIndex(({ name }) => name === metric)
    return { stat, parts: partsOf(layout, at) }
  })
  const all = (part: Part): Part[] => part as Part[]
  const valuesOf = (part: Part): (number | null)[] =>
    sides.map(({ parts, stat }, n) => parts.read(all(part)[n]!, stat))
  const read = (part: Part): number | null => worked(derived, valuesOf(part))
  // The busiest first: what is divided by says how much there is behind a ratio.
  const weighing = derived.kind === 'ratio' ? 1 : 0
  return {
    measure: { statistics: { [derived.kind]: derivedStatistic(derived, metrics) } },
    isExact: sides.every(({ parts }) => parts.isExact),
    of: (cell, piece) => sides.map(({ parts }) => parts.of(cell, piece)),
    copy: (part) => sides.map(({ parts }, n) => parts.copy(all(part)[n]!)),
    merge(into, from) {
      for (const [n, { parts }] of sides.entries()) parts.merge(all(into)[n]!, all(from)[n]!)
    },
    isEmpty: (part) => sides.every(({ parts }, n) => parts.isEmpty(all(part)[n]!)),
    read,
    rank: (part) => read(part) ?? NaN,
    weight(part) {
      const { parts, stat } = sides[weighing]!
      return parts.weight(all(part)[weighing]!, stat)
    },
    error: (part) =>
      together(
        derived,
        sides.map(({ parts, stat }, n) => parts.error(all(part)[n]!, stat)),
      ),
    buckets: null,
  }
}

/** Null where there is nothing to say, such as of a ratio to nothing. */
export function worked({ kind, everyMs }: Derived, values: readonly (number | null)[]): number | null {
  const [a = null, b = null] = values
  if (a === null) return null
  if (kind === 'per') return a * (everyMs! / 1000)
  if (b === null || (kind === 'ratio' && b === 0)) return null
  return kind === 'ratio' ? a / b : a - b
}

/** Of a ratio; a difference is of exact metrics only. */
function together({ kind }: Derived, errors: readonly (Approximation | null)[]): Approximation | null {
  const [a = null, b = null] = errors
  return kind === 'per' ? a : ratioError(a, b)
}

/** Of one value divided by another, each with its own. */
export function ratioError(a: Approximation | null, b: Approximation | null): Approximation | null {
  if (b === null) return a
  const [top, bottom] = [a?.relative ?? 0, b.relative]
  if (b.is === 'bound' && (a === null || a.is === 'bound'))
    return { is: 'bound', relative: (1 + top) / (1 - bottom) - 1 }
  return { is: 'deviation', relative: Math.hypot(top, bottom) }
}

/** A step of a series is part of it, see `goesBySeries`. */
export const anyBySeries = (metrics: readonly Metric[]): boolean =>
  metrics.some((metric) => 'step' in measureOf(metric))
