/** Stat tiles: one number over the range each, its change, its sparkline, its freshness in a word. */
import type { JSX } from 'preact'
import type { EntitiesAnswer } from '../../query-api/wire.ts'
import { SlotChip, useFresh } from '../fresh/slot-chip.tsx'
import { known, range, seriesIn, view, waiting } from '../live/page.ts'
import { isMean, slots } from '../overview/plan.ts'
import type { Section, TileSpec } from '../overview/section.ts'
import { amount, fixed, rateDigits } from '../say/format.ts'
import { words } from '../say/names.ts'
import { changeWords, mean } from '../say/values.ts'
import { within } from '../scope/range.ts'
import { addColumns } from '../series/buckets.ts'
import { changeOf, meanOf, totalOf } from '../series/totals.ts'
import { Spark } from './spark.tsx'

interface TileProps {
  readonly slot: string
  readonly title: string
  readonly value: string | null
  readonly exactValue: number | null
  readonly small?: string
  readonly spark: readonly (number | null)[]
  readonly under: JSX.Element | string
}

function Tile({ slot, title, value, exactValue, small, spark, under }: TileProps): JSX.Element {
  const { answer, problem } = known(slot)
  const state = useFresh(slot)
  const loading = (answer === null && problem === null) || waiting(slot)
  const stopped = state === 'stale' || state === 'lost'
  return (
    <div class={`stat${!loading && stopped ? ' is-stale' : ''}`} data-tile={title} data-value={loading ? undefined : (exactValue ?? undefined)}>
      <div class="h">
        <span class="cut">{title}</span>
        {!loading && answer !== null && (answer.meta.asOfMs !== null || state === 'lost') && <SlotChip of={[slot]} size="tile" />}
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
              <span class="val nil">no data</span>
            ) : (
              <span class="val">
                {value}
                {small !== undefined && <small>{small}</small>}
              </span>
            )}
            <Spark values={spark} alive={!stopped} />
          </div>
          <div class="chg">{value === null ? (problem?.title ?? within(range.value)) : under}</div>
        </>
      )}
    </div>
  )
}

/** "↑ 9.7 % was 170,054"; what there is no previous of is new, and without a comparison the rate says more. */
function Change({ change, was, rate }: { change: number | null; was: string | null; rate: string }): JSX.Element {
  if (change === null || was === null) return <span>{rate}</span>
  const { arrow, text } = changeWords(change)
  return (
    <>
      <b>
        {arrow} {text}
      </b>
      <span>was {was}</span>
    </>
  )
}

function MetricTile({ tile: { metric, title } }: { tile: TileSpec }): JSX.Element {
  const slot = slots.total(metric)
  const { answer } = seriesIn(slot)
  const rangeMs = answer === null ? 1 : Math.max(1000, answer.meta.toMs - answer.meta.fromMs)
  const counts = seriesIn(slots.weighs(metric)).answer
  if (isMean(metric)) {
    const found = answer === null || counts === null ? null : meanOf(answer, counts)
    const value = found?.value ?? null
    const before = view.value.compare ? (found?.before ?? null) : null
    const between = found === null || found.between === null ? '' : found.between.map(mean).join(' to ')
    return <Tile slot={slot} title={title} value={value === null ? null : mean(value)} exactValue={value} spark={found?.spark ?? []} under={<Change change={changeOf(value, before)} was={before === null ? null : mean(before)} rate={between} />} />
  }
  const total = answer === null ? null : totalOf(answer, rangeMs)
  const sum = total?.sum ?? null
  const digits = metric.kind === 'sum' && sum !== null && !Number.isInteger(sum) && Math.abs(sum) < 1e5 ? 2 : 0
  const places = rateDigits(total?.mean ?? 0)
  const rate = total === null || total.now === null ? '' : `${fixed(total.now, places)}/s now`
  return <Tile slot={slot} title={title} value={sum === null ? null : amount(sum, digits)} exactValue={sum} spark={total?.spark ?? []} under={<Change change={view.value.compare ? (total?.change ?? null) : null} was={total === null || total.before === null ? null : amount(total.before, digits)} rate={rate} />} />
}

/** Events of some sources per second, now. */
export function arrivals(slotNames: readonly string[]): number | null {
  const nows = slotNames.map((slot) => {
    const { answer } = seriesIn(slot)
    return answer === null ? null : totalOf(answer, Math.max(1000, answer.meta.toMs - answer.meta.fromMs)).now
  })
  return nows.every((now) => now === null) ? null : nows.reduce<number>((sum, now) => sum + (now ?? 0), 0)
}

function ArrivingTile({ slotNames, names }: { slotNames: readonly string[]; names: readonly string[] }): JSX.Element {
  const now = arrivals(slotNames)
  const parts = slotNames.map((slot) => {
    const { answer } = seriesIn(slot)
    return answer === null ? [] : totalOf(answer, Math.max(1000, answer.meta.toMs - answer.meta.fromMs)).spark
  })
  const points = Math.max(0, ...parts.map((part) => part.length))
  const spark = addColumns(parts.map((part) => [...Array.from({ length: points - part.length }, () => null), ...part]), points)
  return <Tile slot={slotNames[0]!} title="Arriving" value={now === null ? null : amount(now, rateDigits(now))} exactValue={now} small="/s" spark={spark} under={names.join(' and ')} />
}

function EntitiesTile({ source, field }: { source: string; field: string }): JSX.Element {
  const slot = slots.entities(source)
  const counts = known<EntitiesAnswer>(slot).answer?.counts
  const some = counts !== undefined && counts.total > 0
  return <Tile slot={slot} title={`${words(field)}s reporting`} value={some ? amount(counts.online) : null} exactValue={counts?.online ?? null} small={some ? `of ${amount(counts.total)}` : ''} spark={[]} under={some ? (counts.quiet === 0 ? 'none is quiet' : `${amount(counts.quiet)} quiet`) : ''} />
}

export function Tiles({ section }: { section: Section }): JSX.Element {
  const { tiles, arriving, panels } = section
  const entities = panels.find((panel) => panel.panel === 'entities')
  const free = 6 - tiles.length
  const arrivingSlots = arriving.flatMap((source) => tiles.filter((tile) => tile.source === source && tile.metric.kind === 'count' && tile.metric.where.length === 0).map((tile) => slots.total(tile.metric)))
  const shown = [
    ...tiles.map((tile) => <MetricTile key={tile.metric.metric} tile={tile} />),
    ...(entities !== undefined && entities.source.entity !== null && free > 0 ? [<EntitiesTile key="entities" source={entities.source.source} field={entities.source.entity.field} />] : []),
    ...(arrivingSlots.length > 0 && free > 1 ? [<ArrivingTile key="arriving" slotNames={arrivingSlots} names={arriving.map(({ source }) => source)} />] : []),
  ]
  return (
    <div class="stats" data-tiles={shown.length}>
      {shown}
    </div>
  )
}
