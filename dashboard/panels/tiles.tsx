import type { JSX } from 'preact'
import { Chip } from '../fresh/chip.tsx'
import { freshness } from '../fresh/freshness.ts'
import { evidenceOf, known, range, waiting } from '../live/page.ts'
import type { SeriesName } from '../live/queries.ts'
import { amount, fixed, rateDigits } from '../say/format.ts'
import { addColumns } from '../series/buckets.ts'
import { reporting, totalOf } from '../series/totals.ts'

/** A sparkline ends in a dot while its number is alive. */
function Spark({ values, alive }: { values: readonly (number | null)[]; alive: boolean }): JSX.Element {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return <svg class="spark" aria-hidden="true" />
  const low = Math.min(...known)
  // Noise must look like noise: a line spans at least a fifth of its level.
  const high = Math.max(...known, low + Math.max(...known) * 0.2, low + 1e-9)
  const y = (value: number): number => 24 - ((value - low) / (high - low)) * 22
  let path = ''
  let pen = 'M'
  values.forEach((value, i) => {
    if (value === null) pen = 'M'
    else {
      path += `${pen}${((i / (values.length - 1)) * 100).toFixed(2)} ${y(value).toFixed(2)}`
      pen = 'L'
    }
  })
  const last = values.at(-1) ?? null
  return (
    <svg class="spark" aria-hidden="true">
      <svg viewBox="0 0 100 26" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">
        <path class="ln" d={path} />
      </svg>
      {alive && last !== null && <circle class="dot" cx="100%" cy={`${((y(last) / 26) * 100).toFixed(1)}%`} r="2.5" />}
    </svg>
  )
}

interface TileProps {
  readonly name: SeriesName
  readonly title: string
  readonly value: string | null
  readonly exactValue: number | null
  readonly small?: string
  readonly spark: readonly (number | null)[]
  readonly under: JSX.Element | string
}

function Tile({ name, title, value, exactValue, small, spark, under }: TileProps): JSX.Element {
  const { answer, problem } = known(name)
  if ((answer === null && problem === null) || waiting(name))
    return (
      <div class="stat" data-tile={title}>
        <div class="h">
          <span class="cut">{title}</span>
        </div>
        <div class="m">
          <span class="val">
            <span class="sk" style="width:96px;height:22px" />
          </span>
        </div>
        <div class="chg">
          <span class="sk" style="width:72px;height:9px" />
        </div>
      </div>
    )
  const evidence = evidenceOf(name)
  const { state } = freshness(evidence)
  const stopped = state === 'stale' || state === 'lost'
  return (
    <div class={`stat${stopped ? ' is-stale' : ''}`} data-tile={title} data-value={exactValue ?? undefined}>
      <div class="h">
        <span class="cut">{title}</span>
        {answer !== null && (evidence.asOfMs !== null || evidence.retryInMs !== null) && <Chip of={evidence} size="tile" />}
      </div>
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
      <div class="chg">{value === null ? (problem?.title ?? `in the last ${range.value.name}`) : under}</div>
    </div>
  )
}

function SumTile({ name, title, digits = 0 }: { name: SeriesName; title: string; digits?: number }): JSX.Element {
  const { answer } = known(name)
  const total = answer === null ? null : totalOf(answer, range.value.ms)
  const places = Math.max(digits, rateDigits(total?.mean ?? 0))
  const under =
    total === null || total.now === null ? (
      ''
    ) : (
      <>
        <b>{fixed(total.now, places)}/s</b>
        <span>mean {fixed(total.mean ?? 0, places)}/s</span>
      </>
    )
  // A sum of 0 where nothing can be known yet is no number.
  const sum = total?.sum ?? null
  return <Tile name={name} title={title} value={sum === null ? null : amount(sum, digits)} exactValue={sum} spark={total?.spark ?? []} under={under} />
}

function SitesTile(): JSX.Element {
  const { answer } = known('bySite')
  const found = answer === null || answer.series.length === 0 ? null : reporting(answer, 'site', 60_000)
  const total = answer === null ? null : totalOf(answer, range.value.ms)
  const under = found === null ? '' : found.quiet.length === 0 ? 'in the last minute' : `quiet: ${found.quiet.slice(0, 3).join(', ')}`
  return <Tile name="bySite" title="Sites reporting" value={found === null ? null : amount(found.active)} exactValue={found?.active ?? null} small={found === null ? '' : `of ${found.all}`} spark={total?.spark ?? []} under={under} />
}

/** Events of all sources per second, now. */
export function arrivals(): number | null {
  const [clicks, readings] = [known('clicks').answer, known('readings').answer]
  const nows = [clicks, readings].map((answer) => (answer === null ? null : totalOf(answer, range.value.ms).now))
  return nows.every((now) => now === null) ? null : nows.reduce<number>((sum, now) => sum + (now ?? 0), 0)
}

function ArrivalsTile(): JSX.Element {
  const now = arrivals()
  const [clicks, readings] = [known('clicks').answer, known('readings').answer]
  const parts = [clicks, readings].map((answer) => (answer === null ? [] : totalOf(answer, range.value.ms).spark))
  const points = Math.max(...parts.map((part) => part.length))
  const spark = addColumns(parts.map((part) => [...Array.from({ length: points - part.length }, () => null), ...part]), points)
  return <Tile name="clicks" title="Arriving" value={now === null ? null : amount(now, rateDigits(now))} exactValue={now} small="/s" spark={spark} under="clicks and readings" />
}

export function Tiles(): JSX.Element {
  return (
    <div class="stats">
      <SumTile name="clicks" title="Clicks" />
      <SumTile name="views" title="Page views" />
      <SumTile name="revenue" title="Revenue" digits={2} />
      <SumTile name="readings" title="Readings" />
      <SitesTile />
      <ArrivalsTile />
    </div>
  )
}
