/** What there is to ask for: names of metrics, their labels, and values of those. */
import { PreparedKnownValues } from '../engine/ranking/known-values.ts'
import { answerOne } from '../engine/rows/one-snapshot.ts'
import type { Source } from '../../model/definition.ts'
import type { Filter } from '../../model/condition-text.ts'
import { labelOf } from '../../model/labels.ts'
import { badParam, ProblemError } from '../problem.ts'
import type { QueryService } from '../service/query-service.ts'
import type { Matcher, Selector } from './expression.ts'
import { filterFor, matchesText } from './matchers.ts'
import { helpOf, metricNamed, metricsOf, namesOf, typeOf } from './names.ts'
import { parsePromQl } from './promql.ts'

interface Range {
  readonly fromMs: number
  readonly toMs: number
}

/** Throws bad_request where a text is no selector. One that names no metric stands for all that its matchers let pass. */
export function selectorsOf(texts: readonly string[], sources: readonly Source[]): Selector[] {
  return texts.flatMap((text) => {
    const found = parsePromQl(text)
    if (found.is !== 'selector')
      throw badParam('match[]', `${text} is no selector such as clicks:events{country="DE"}`)
    return found.name === '' ? namedBy(found, sources) : [found]
  })
}

function namedBy(selector: Selector, sources: readonly Source[]): Selector[] {
  const ofName = selector.matchers.filter(({ label }) => label === '__name__')
  return sources.flatMap((source) => {
    const matchers = matchersFor(source, selector)
    if (matchers === null) return []
    return metricNames([source])
      .filter((name) => ofName.every((one) => matchesText(one, name)))
      .map((name) => ({ ...selector, name, matchers }))
  })
}

/** What is left to ask of a source: a label that it has not is empty there. Null where nothing of it can pass. */
function matchersFor(source: Source, { matchers }: Selector): readonly Matcher[] | null {
  const labels = labelsOf(source)
  const others = matchers.filter(({ label }) => label !== '__name__' && !labels.includes(label))
  return others.every((one) => matchesText(one, ''))
    ? matchers.filter(({ label }) => labels.includes(label))
    : null
}

/** All, or those whose metric a selector names. */
export function sourcesFor(sources: readonly Source[], selectors: readonly Selector[] | null): Source[] {
  if (selectors === null) return [...sources]
  const wanted = new Set(selectors.map(({ name }) => metricNamed(name)?.source))
  return sources.filter(({ name }) => wanted.has(name))
}

export const metricNames = (sources: readonly Source[]): string[] =>
  sources.flatMap((source) => metricsOf(source).flatMap((metric) => namesOf(source, metric))).toSorted()

/** Fields of any breakdown: what can part a series, or filter it. */
export const labelsOf = ({ breakdowns }: Source): string[] => [
  ...new Set(breakdowns.flatMap(({ fields }) => fields)),
]

export const metadataOf = (sources: readonly Source[]): Record<string, unknown> =>
  Object.fromEntries(
    sources.flatMap((source) =>
      metricsOf(source).flatMap((metric) =>
        namesOf(source, metric).map((name) => [
          name,
          [{ type: typeOf(metric), help: helpOf(source, metric), unit: '' }],
        ]),
      ),
    ),
  )

/** Of those that selectors name. */
export function namesFor(sources: readonly Source[], selectors: readonly Selector[] | null): string[] {
  const names = metricNames(sources)
  if (selectors === null) return names
  const wanted = new Set(selectors.map(({ name }) => name))
  return names.filter((name) => wanted.has(name))
}

/** What selectors of one source ask for: their filters, of which those of any one must hold, each list once. */
export function wantedOf({ name }: Source, selectors: readonly Selector[]): (readonly Filter[])[] {
  const found = new Map<string, readonly Filter[]>()
  for (const one of selectors) {
    if (metricNamed(one.name)?.source !== name) continue
    const filters = one.matchers.flatMap((matcher) => filterFor(matcher) ?? [])
    found.set(JSON.stringify(filters), filters)
  }
  return [...found.values()]
}

/** The most frequent over the range first, absent ones left out. A source that does not count its events tells none. */
export async function valuesOf(
  service: QueryService,
  source: Source,
  field: string,
  { fromMs, toMs }: Range,
  limit: number,
  where: readonly Filter[] = [],
): Promise<string[]> {
  const [from, to] = [{ absoluteMs: fromMs }, { absoluteMs: toMs }]
  const query = { source: source.name, field, prefix: '', where, from, to, limit, format: 'json' } as const
  try {
    const answer = await answerOne(
      await service.sources.get(source.name),
      new PreparedKnownValues(query),
      service.now,
    )
    return answer.rows.flatMap(({ value }) => labelOf(value) ?? [])
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    if (error.status === 400) return []
    // No breakdown holds both: what is chosen by the label itself is known still.
    const own = where.filter((one) => one.field === field)
    if (error.kind !== 'breakdown_needed' || own.length === where.length) throw error
    return valuesOf(service, source, field, { fromMs, toMs }, limit, own)
  }
}

/** Of each metric that is asked for one series a value of each of its labels, and one without any. */
export async function seriesOf(
  service: QueryService,
  sources: readonly Source[],
  selectors: readonly Selector[],
  range: Range,
  limit: number,
): Promise<Record<string, string>[]> {
  const found = new Map<string, Record<string, string>>()
  const add = (series: Record<string, string>): void => void found.set(JSON.stringify(series), series)
  /** Values are those of events: the same for every metric of a source. */
  const known = new Map<string, Promise<string[]>>()
  const values = (source: Source, label: string, where: readonly Filter[]): Promise<string[]> => {
    const key = JSON.stringify([source.name, label, where])
    const asked = known.get(key) ?? valuesOf(service, source, label, range, limit, where)
    known.set(key, asked)
    return asked
  }
  for (const source of sourcesFor(sources, selectors))
    for (const selector of selectors) {
      const [where] = wantedOf(source, [selector])
      if (where === undefined) continue
      const labels = labelsOf(source)
      const lists = await Promise.all(labels.map((label) => values(source, label, where)))
      add({ __name__: selector.name })
      for (const [at, list] of lists.entries())
        for (const value of list) add({ __name__: selector.name, [labels[at]!]: value })
      if (found.size >= limit) return [...found.values()].slice(0, limit)
    }
  return [...found.values()]
}
