/** A stat tile: one number over the range, what stands under it, its sparkline, its freshness in a word. */
import type { JSX } from 'preact'
import { SlotChip, useFresh } from '../freshness/slot-chip.tsx'
import { isGhost, known, waiting } from '../state/slots.ts'
import { range, view } from '../state/navigation.ts'
import { brief } from '../format/format.ts'
import { changeWords } from '../format/values.ts'
import { within } from '../view/range.ts'
import type { Against } from '../series/totals.ts'
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

export function Tile({
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
export function Change({
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
  if (view.value.compare === null) return <span>{otherwise}</span>
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
