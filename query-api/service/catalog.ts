/** `/v1/catalog`: what can be asked. What can be filtered by belongs to its source: a field of the same name elsewhere is another one. */
import { factsOf } from '../../model/facts.ts'
import { funnelFactsName } from '../../model/funnels/facts.ts'
import { conditionText } from '../../model/condition-text.ts'
import { computedText } from '../../model/fields/computed-text.ts'
import { statisticOf } from '../../model/measures/part.ts'
import { hasHistogram } from '../../model/measures/index.ts'
import { isKeptIn } from '../../model/kept-in.ts'
import { isInEvent } from '../../model/decode/path.ts'
import type { Derived, Metric, Operand, Source } from '../../model/definition.ts'
import { derivedStatistic, metricOfDerived } from '../engine/plan/derived-parts.ts'
import { statsOf } from '../engine/plan/resolved-query.ts'
import type { Sources } from '../sources/sources.ts'
import type { CatalogAnswer } from '../wire.ts'

type CatalogMetric = CatalogAnswer['sources'][number]['metrics'][number]

export function catalogOf({ open, damaged }: Awaited<ReturnType<Sources['all']>>): CatalogAnswer {
  return {
    sources: open.map(({ source, generation, def, partitions }) => ({
      source: source.name,
      topic: source.topic,
      key: source.key,
      generation,
      def: def.slice(0, 8),
      partitions: partitions.length,
      fields: source.fields.map(({ name, type, optional, from, takes, list, compute }) => ({
        name,
        type,
        optional,
        // What stands outside of the event is sent under the field's own name: the collector puts it where it belongs.
        path: [...(from.find(isInEvent) ?? [name])],
        ...(takes?.[0] === 'boolean' && { isFlag: true }),
        ...(list === true && { isList: true }),
        ...(compute !== undefined && { computed: computedText(compute) }),
      })),
      timePath: [...([source.timePath, ...(source.timeElse ?? [])].find(isInEvent) ?? ['time'])],
      ...(source.joins !== undefined && { tables: source.joins.map(({ name, topic }) => ({ name, topic })) }),
      metrics: source.metrics
        .map(
          (metric): CatalogMetric => ({
            metric: `${source.name}.${metric.name}`,
            kind: metric.kind,
            stats: [...statsOf(metric)],
            addsUp: statsOf(metric).filter((stat) => statisticOf(metric, stat).addsUp),
            ...listed(
              'perSecond',
              statsOf(metric).filter((stat) => statisticOf(metric, stat).isPerSecond),
            ),
            ...listed(
              'inField',
              statsOf(metric).filter((stat) => statisticOf(metric, stat).unit === 'field'),
            ),
            ...(hasHistogram(metric) && { histogram: true as const }),
            field: metric.field ?? null,
            where: metric.where.map(conditionText),
            ...keptIn(source, metric),
          }),
        )
        .concat((source.derived ?? []).map((one) => derivedEntry(source, one))),
      breakdowns: source.breakdowns.slice(1).map(({ fields }) => [...fields]),
      intervals: source.intervals.map((interval) => ({ ...interval })),
      entity:
        source.entity === null
          ? null
          : {
              field: source.key,
              onlineMs: source.entity.onlineMs,
              last:
                source.entity.last === null
                  ? null
                  : { by: source.entity.last.by, of: [...source.entity.last.of] },
            },
      ...factsNote(source),
      ...journeysNote(source),
    })),
    damaged: [...damaged, ...open.flatMap((one) => one.damaged)],
  }
}

function keptIn(source: Source, metric: Metric): Pick<CatalogMetric, 'breakdowns'> {
  if (metric.breakdowns === undefined) return {}
  const kept = source.breakdowns.filter(({ name }) => isKeptIn(metric, name))
  return { breakdowns: kept.map(({ fields }) => [...fields]) }
}

function factsNote(
  source: Source,
): Pick<CatalogAnswer['sources'][number], 'sessions' | 'funnels' | 'retention'> {
  const { sessions, funnels, retention } = source
  const byOf = (fact: string): string[][] =>
    factsOf(source)
      .find(({ name }) => name === fact)!
      .read.breakdowns.slice(1)
      .map(({ fields }) => [...fields])
  return {
    ...(sessions !== undefined && { sessions: { gapMs: sessions.gapMs, by: byOf('sessions') } }),
    ...(funnels !== undefined && {
      funnels: funnels.map(({ name, withinMs, steps }) => ({
        funnel: name,
        withinMs,
        steps: steps.map((step) => step.name),
        by: byOf(funnelFactsName(name)),
      })),
    }),
    ...(retention !== undefined && {
      retention: retention.map(({ name, units, zone, weekStart, by }) => ({
        retention: name,
        units: units.map((one) => ({ ...one })),
        tz: zone,
        weekStart,
        by: by.map(({ fields }) => [...fields]),
      })),
    }),
  }
}

function journeysNote({ journeys }: Source): Pick<CatalogAnswer['sources'][number], 'journeys'> {
  if (journeys === undefined) return {}
  const { page, gapMs, steps } = journeys
  return { journeys: { page, gapMs, steps } }
}

function derivedEntry(source: Source, derived: Derived): CatalogMetric {
  const { addsUp, isPerSecond, unit } = derivedStatistic(derived, source.metrics)
  const stats = [derived.kind]
  const named = ({ metric, stat }: Operand): string => {
    const own = source.metrics.find(({ name }) => name === metric)!
    return `${source.name}.${metric}${statsOf(own).length > 1 ? `.${stat}` : ''}`
  }
  return {
    metric: `${source.name}.${derived.name}`,
    kind: derived.kind,
    stats,
    addsUp: addsUp ? stats : [],
    ...(derived.everyMs === 1000 && isPerSecond && { perSecond: stats }),
    ...(unit === 'field' && { inField: stats }),
    field: null,
    where: [],
    of: derived.of.map(named),
    ...keptIn(source, metricOfDerived(derived, source)),
    ...(derived.everyMs !== undefined && { everyMs: derived.everyMs }),
  }
}

/** Nothing where there are none. */
const listed = <Name extends string>(name: Name, stats: string[]): { [name in Name]?: string[] } =>
  stats.length === 0 ? {} : ({ [name]: stats } as { [name in Name]?: string[] })
