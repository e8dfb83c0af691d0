/** What a metric says of the breakdowns: which keep it, and which of them in its order. */
import type { Breakdown, Metric } from '../definition.ts'
import { didYouMean, listed, type Place } from './faults.ts'
import type { Report } from './series.ts'
import { isKeptIn } from '../kept-in.ts'

const TOTAL = 'all'

/** Names of breakdowns as they are declared, in the order in which they are given. */
export function readDeclared(
  given: readonly (string | readonly string[])[],
  names: readonly string[],
  at: Place,
  report: Report,
): string[] {
  const found = given.map((said, index) => {
    const text = typeof said === 'string' ? said : said.join('+')
    const name = names.find((one) => setOf(one) === setOf(text))
    if (name === undefined)
      report(
        [...at, index],
        `${text} is not among the breakdowns${didYouMean(text, names) || (names.length > 0 ? `; they are ${listed(names)}` : '')}`,
      )
    return name ?? ''
  })
  for (const [index, name] of found.entries())
    if (name !== '' && found.indexOf(name) < index) report([...at, index], `${name} is given twice`)
  return found
}

/** In the order of the breakdowns: the same ones are the same definition. Nothing where all keep it. */
export function readKept(
  given: readonly (string | readonly string[])[] | undefined,
  names: readonly string[],
  at: Place,
  report: Report,
): Pick<Metric, 'breakdowns'> {
  if (given === undefined) return {}
  const all = [TOTAL, ...names]
  const kept = readDeclared(given, all, at, report)
  return all.every((name) => kept.includes(name))
    ? {}
    : { breakdowns: all.filter((name) => kept.includes(name)) }
}

/** Every breakdown keeps a metric, and keeps what it ranks by. */
export function checkKept(
  metrics: readonly Metric[],
  breakdowns: readonly Breakdown[],
  at: Place,
  report: Report,
): void {
  for (const metric of metrics)
    for (const [index, name] of (metric.rank ?? []).entries())
      if (name !== '' && !isKeptIn(metric, name))
        report(
          [...at, 'metrics', metric.name, 'rank', index],
          `${name} does not keep ${metric.name}: add it to "breakdowns:" of ${metric.name}`,
        )
  if (metrics.length === 0) return
  const keepsNone = (name: string): boolean => !metrics.some((metric) => isKeptIn(metric, name))
  // Said of the metrics: what is wrong with one of them may be why.
  for (const name of [TOTAL, ...breakdowns.map((one) => one.name)])
    if (keepsNone(name))
      report(
        [...at, 'metrics'],
        name === TOTAL
          ? 'none is kept in the total: add all to "breakdowns:" of one'
          : `none is kept by ${name}: add it to "breakdowns:" of one, or leave ${name} out`,
      )
}

const setOf = (name: string): string => name.split('+').toSorted().join('+')
