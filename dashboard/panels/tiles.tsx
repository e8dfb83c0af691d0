/** Stat tiles: one number over the range each, its change, its sparkline, its freshness in a word. */
import type { JSX } from 'preact'
import type { CatalogSource, EntitiesAnswer } from '../../query-api/wire.ts'
import { filters, known, ownSeries, seriesIn } from '../state/slots.ts'
import { filtersFor } from '../plan/queries.ts'
import { countOf, isCount, slots } from '../plan/plan.ts'
import type { Section, TileSpec } from '../plan/section.ts'
import { amount, momentOf } from '../format/format.ts'
import { plural, words } from '../format/names.ts'
import { mean, nowText, totalText } from '../format/values.ts'
import { meanOf, totalOf, type Total } from '../series/totals.ts'
import { knownTo } from '../series/known-to.ts'
import { arrivals, arrivingWords, ratePair } from './arriving.ts'
import { lazy } from '../ui/lazy.tsx'
import { isMean, isWhole } from '../plan/whole.ts'
import { Change, Tile } from './tile.tsx'
import type { WholeTileProps } from './whole-tile.tsx'

const WholeTile = lazy<WholeTileProps>(
  async () => (await import('./whole-tile.tsx')).WholeTile,
  () => <div class="stat stat-wait" />,
)

const upTo = (ms: number): string => `up to ${momentOf(ms)}`

function bounded({ bounds, sum }: Total, cut: boolean, say: (value: number) => string): string | null {
  if (bounds !== null) return `${say(bounds[0])} to ${say(bounds[1])}`
  return sum === null ? null : cut ? `at least ${say(sum)}` : say(sum)
}

function MetricTile({ tile: { metric, title, source } }: { tile: TileSpec }): JSX.Element {
  const slot = slots.total(metric)
  const { answer } = seriesIn(slot)
  const asked = filters.value
  const unfiltered = asked.length > 0 && filtersFor(source, asked).length < asked.length
  const until = answer === null ? null : knownTo(answer.meta)
  if (isMean(metric)) {
    const counts = seriesIn(slots.weighs(metric)).answer
    const found = answer === null || counts === null ? null : meanOf(answer, counts)
    const value = found?.value ?? null
    const shown = value === null ? null : mean(value)
    const between = found === null || found.between === null ? '' : found.between.map(mean).join(' to ')
    return (
      <Tile
        of={[slot, slots.weighs(metric)]}
        title={title}
        value={shown}
        exactValue={value}
        spark={found?.spark ?? []}
        unfiltered={unfiltered}
        under={
          unfiltered ? (
            ''
          ) : until !== null ? (
            upTo(until)
          ) : (
            <Change against={found?.against ?? null} value={value} say={mean} otherwise={between} />
          )
        }
      />
    )
  }
  const total =
    answer === null ? null : totalOf(answer, Math.max(1000, answer.meta.toMs - answer.meta.fromMs))
  const say = totalText(metric)
  const leftOut = answer?.meta.unnamedLeftOut === true || answer?.meta.cutLeftOut === true
  const shown = total === null ? null : bounded(total, leftOut && isCount(metric), say)
  const now = total === null || total.now === null ? '' : nowText(metric, total.now)
  const under = unfiltered ? (
    ''
  ) : total?.bounds != null || (leftOut && isCount(metric)) ? (
    'some have no name that a filter could judge'
  ) : until !== null ? (
    upTo(until)
  ) : (
    <Change against={total?.against ?? null} value={total?.sum ?? null} say={say} otherwise={now} />
  )
  return (
    <Tile
      of={[slot]}
      title={title}
      value={shown}
      exactValue={total?.sum ?? null}
      spark={total?.spark ?? []}
      unfiltered={unfiltered}
      under={under}
    />
  )
}

function ArrivingTile({ sources }: { sources: Section['arriving'] }): JSX.Element {
  const found = arrivals(sources)
  const [value, small] = found.perS === null ? [null, ''] : ratePair(found.perS)
  const names = sources.map(({ source }) => slots.arriving(source))
  const first = ownSeries(names[0]!)
  return (
    <Tile
      of={names}
      title="Arriving"
      value={value}
      exactValue={found.perS}
      small={small}
      spark={first === null || sources.length > 1 ? [] : totalOf(first, 60_000).spark}
      under={
        <span class="cut" title={arrivingWords(sources, found)}>
          {arrivingWords(sources, found)}
        </span>
      }
      unfiltered={filters.value.length > 0}
    />
  )
}

function EntitiesTile({ source: whole, field }: { source: CatalogSource; field: string }): JSX.Element {
  const slot = slots.entities(whole.source)
  const count = countOf(whole)
  const counts = known<EntitiesAnswer>(slot).answer?.counts
  const some = counts !== undefined && counts.total > 0
  return (
    <Tile
      of={[slot, ...(count === undefined ? [] : [slots.total(count)])]}
      title={`${words(plural(field))} reporting`}
      value={some ? amount(counts.online) : null}
      exactValue={counts?.online ?? null}
      small={some ? `of ${amount(counts.total)}` : ''}
      spark={[]}
      under={some ? (counts.quiet === 0 ? 'none is quiet' : `${amount(counts.quiet)} quiet`) : ''}
      unfiltered={filters.value.length > 0}
    />
  )
}

export function Tiles({ section }: { section: Section }): JSX.Element {
  const { tiles, arriving, panels } = section
  const entities = panels.find((panel) => panel.panel === 'entities')
  const free = 6 - tiles.length
  const shown = [
    ...tiles.map((tile) =>
      isWhole(tile.metric) ? (
        <WholeTile key={tile.metric.metric} tile={tile} />
      ) : (
        <MetricTile key={tile.metric.metric} tile={tile} />
      ),
    ),
    ...(entities !== undefined && entities.source.entity !== null && free > 0
      ? [<EntitiesTile key="entities" source={entities.source} field={entities.source.entity.field} />]
      : []),
    ...(arriving.length > 0 && free > 1 ? [<ArrivingTile key="arriving" sources={arriving} />] : []),
  ]
  return (
    <div class="stats" data-tiles={shown.length}>
      {shown}
    </div>
  )
}
