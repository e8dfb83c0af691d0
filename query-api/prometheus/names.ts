/** What Prometheus knows a metric by: `clicks:events`, or `clicks:load:p95` with a statistic. A colon stands in no name of ours. */
import type { Metric, Source } from '../../model/definition.ts'
import { measureOf } from '../../model/measures/index.ts'
import { isDerivedKind, metricOfDerived } from '../engine/plan/derived-parts.ts'
import { statsOf } from '../engine/plan/resolved-query.ts'

export interface MetricName {
  readonly source: string
  readonly metric: string
  readonly stat: string | null
}

const NAME = /^([A-Za-z]\w*):([A-Za-z]\w*)(?::([A-Za-z]\w*))?$/

/** Null where the text is no name of ours. */
export function metricNamed(text: string): MetricName | null {
  const [, source, metric, stat] = NAME.exec(text) ?? []
  return source === undefined ? null : { source, metric: metric!, stat: stat ?? null }
}

/** Of a metric its name, and with more than one statistic one for each. */
export function namesOf({ name }: Source, metric: Metric): string[] {
  const whole = `${name}:${metric.name}`
  const stats = statsOf(metric)
  return stats.length === 1 ? [whole] : [whole, ...stats.map((stat) => `${whole}:${stat}`)]
}

/** As Prometheus types it: what only grows by events is a counter. */
export const typeOf = (metric: Metric): 'counter' | 'gauge' =>
  metric.kind === 'count' || metric.kind === 'counter' ? 'counter' : 'gauge'

/** Those that are counted, and those that are worked out of them. */
export const metricsOf = (source: Source): readonly Metric[] => [
  ...source.metrics,
  ...(source.derived ?? []).map((one) => metricOfDerived(one, source)),
]

export function helpOf({ name, topic, derived = [] }: Source, metric: Metric): string {
  const made = derived.find((one) => one.name === metric.name)
  const says = isDerivedKind(metric.kind)
    ? `of ${(made?.of ?? []).map((one) => `${one.metric} (${one.stat})`).join(' and ')}`
    : `of ${metric.field ?? 'events'}: ${measureOf(metric).says}`
  return `${metric.kind} ${says}; ${name}, topic ${topic}`
}
