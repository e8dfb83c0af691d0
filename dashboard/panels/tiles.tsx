/** Stat tiles: one number over the range each, its change, its sparkline, its freshness in a word. */
import type { JSX } from 'preact'
import type { CatalogSource, EntitiesAnswer } from '../../query-api/wire.ts'
import { SlotChip, useFresh } from '../freshness/slot-chip.tsx'
import { filters, isGhost, known, ownSeries, seriesIn, waiting } from '../state/slots.ts'
import { range, view } from '../state/navigation.ts'
import { filtersFor } from '../plan/queries.ts'
import { countOf, isCount, isMean, isSum, slots } from '../plan/plan.ts'
import type { Section, TileSpec } from '../plan/section.ts'
import { amount, brief, momentOf, rate } from '../format/format.ts'
import { plural, words } from '../format/names.ts'
import { changeWords, mean, sum as sumText } from '../format/values.ts'
import { within } from '../view/range.ts'
import { meanOf, totalOf, type Against, type Total } from '../series/totals.ts'
import { knownTo } from '../series/known-to.ts'
import { arrivals, arrivingWords, ratePair } from './arriving.ts'
import { Spark } from './spark.tsx'

interface TileProps {
  /** Slots that it speaks of; the first one is its own. */
  readonly of: readonly string[]
  readonly title: string
  readonly value: string | null
  readonly exactValue: number | null
  readonly small?: string
  readonly spark: readonly (number | null)[]
  readonly under: JSX.Element | string
  /** The page has filters that this number does not heed. */
  readonly unfiltered?: boolean
}

function Tile({
  of,
  title,
  value,
  exactValue,
  small,
  spark,
  under,
  unfiltered = false,
}: TileProps): JSX.Element {
  const slot = of[0]!
  const { answer, problem } = known(slot)
  const state = useFresh(slot)
  const ghost = isGhost(slot)
  const loading = (answer === null && problem === null) || waiting(slot)
  const stopped = state === 'stale' || state === 'lost'
  const sure = !loading && !ghost
  return (
    <div
      class={`stat${sure && stopped ? ' is-stale' : ''}${ghost ? ' ghost' : ''}`}
      data-tile={title}
      data-value={sure ? (exactValue ?? undefined) : undefined}
    >
      <div class="h">
        <span class="cut">{title}</span>
        {sure && answer !== null && (answer.meta.asOfMs !== null || state === 'lost') && (
          <SlotChip of={of} size="tile" />
        )}
      </div>
      {loading ? (
        <>
          <div class="m">
            <span class="val">
              <span class="sk" style="width:96px;height:22px" />
            </span>
          </div>
          <div class="chg">
            <span class="sk" style="width:72px;height:9px" />
          </div>
        </>
      ) : (
        <>
          <div class="m">
            {value === null ? (
              <span class="val nil">{problem === null ? 'no data' : 'no answer'}</span>
            ) : (
              <span class="val">
                {value}
                {small !== undefined && <small>{small}</small>}
              </span>
            )}
            <Spark values={spark} alive={sure && !stopped} />
          </div>
          <div class="chg" title={value === null ? problem?.detail : undefined}>
            {unfiltered && (
              <span data-unfiltered title="The filters of the page are on fields that it does not have.">
                not filtered
              </span>
            )}
            {value === null ? (problem?.title ?? within(range.value)) : under}
          </div>
        </>
      )}
    </div>
  )
}

/**
 * "↑ 9.7 % 186.4k was 170.0k": percent and words are of the same two numbers, over stretches of one length. Where the tile's own
 * number goes on past them, into a window that still runs, the first of the two is said as well.
 */
function Change({
  against,
  value,
  say,
  otherwise,
}: {
  against: Against | null
  value: number | null
  say: (value: number) => string
  otherwise: string
}): JSX.Element {
  if (!view.value.compare) return <span>{otherwise}</span>
  if (against === null) return <span>no full period before</span>
  const change = against.change === null ? null : changeWords(against.change)
  const now = brief(against.now)
  return (
    <>
      {change !== null && (
        <b>
          {change.arrow} {change.text}
        </b>
      )}
      <span
        class="cut"
        title={`${say(against.now)} was ${say(against.before)}, both over as many intervals that are over`}
      >
        {value !== null && now === brief(value) ? '' : `${now} `}was {brief(against.before)}
      </span>
    </>
  )
}

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
  const say = isSum(metric) ? sumText : (value: number): string => amount(value)
  const leftOut = answer?.meta.unnamedLeftOut === true || answer?.meta.cutLeftOut === true
  const shown = total === null ? null : bounded(total, leftOut && isCount(metric), say)
  const now = total === null || total.now === null ? '' : `${rate(total.now)} now`
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
    ...tiles.map((tile) => <MetricTile key={tile.metric.metric} tile={tile} />),
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
