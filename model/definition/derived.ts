/** What a definition says of metrics that are worked out from others, spelled out. */
import { durationMs } from './duration.ts'
import { didYouMean, listed, type Place } from './faults.ts'
import type { Derived, Metric, Operand } from '../definition.ts'
import type { GivenDerived } from './schema-derived.ts'
import type { Report } from './series.ts'
import { hasRow, measureOf } from '../measures/index.ts'

const MOST_DERIVED = 50
const LONGEST_EVERY_MS = 366 * 86_400_000

export function readDerived(
  given: GivenDerived | undefined,
  metrics: readonly Metric[],
  at: Place,
  report: Report,
): { derived?: readonly Derived[] } {
  const all = Object.entries(given ?? {})
  if (all.length > MOST_DERIVED)
    report(at, `${all.length} derived metrics; at most ${MOST_DERIVED} are allowed`)
  const derived = all.map(([name, said]): Derived => {
    const place = [...at, name]
    if (metrics.some((metric) => metric.name === name))
      report(place, `${name} is among the metrics already`, 'key')
    const take = (text: string, where: Place): Operand => readOperand(text, metrics, where, report)
    if ('per' in said) {
      const everyMs = durationMs(said.per)
      if (everyMs > LONGEST_EVERY_MS) report([...place, 'per'], 'more than 366d')
      return { name, kind: 'per', of: [take(said.of, [...place, 'of'])], everyMs }
    }
    const kind = 'ratio' in said ? 'ratio' : 'difference'
    const texts = 'ratio' in said ? said.ratio : said.difference
    const of = texts.map((text, n) => {
      const operand = take(text, [...place, kind, n])
      const metric = metrics.find((one) => one.name === operand.metric)
      if (kind === 'difference' && metric !== undefined && !hasRow(measureOf(metric)))
        report(
          [...place, kind, n],
          `${text} is an approximation, and the error of a difference of such has no bound; a difference takes exact metrics`,
        )
      return operand
    })
    return { name, kind, of }
  })
  return derived.length === 0 ? {} : { derived }
}

function readOperand(text: string, metrics: readonly Metric[], at: Place, report: Report): Operand {
  const [name = '', stat] = text.split('.')
  const metric = metrics.find((one) => one.name === name)
  if (metric === undefined) {
    const names = metrics.map((one) => one.name)
    report(at, `${name} is not among the metrics${didYouMean(name, names) || `; they are ${listed(names)}`}`)
    return { metric: name, stat: stat ?? '' }
  }
  const { statistics } = measureOf(metric)
  const found = stat ?? Object.keys(statistics)[0]!
  const statistic = Object.hasOwn(statistics, found) ? statistics[found] : undefined
  if (statistic === undefined)
    report(at, `${name} has no statistic ${found}; it has ${listed(Object.keys(statistics))}`)
  else if (statistic.isPerSecond)
    report(at, `${text} is of a second already; take its increase, and { per: 1s, of: ... } of that`)
  return { metric: name, stat: found }
}
