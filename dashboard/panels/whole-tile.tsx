/** The tile of a metric that does not add up: its number is of the range as a whole, as the API has it. */
import type { JSX } from 'preact'
import type { SeriesAnswer, TopAnswer } from '../../query-api/wire.ts'
import { filters, isGhost, known } from '../state/slots.ts'
import { filtersFor } from '../plan/queries.ts'
import type { TileSpec } from '../plan/section.ts'
import { linesOf, statOf, wholeSlots } from '../plan/whole.ts'
import { momentOf } from '../format/format.ts'
import { knownTo } from '../series/known-to.ts'
import { changeOf } from '../series/totals.ts'
import { shownWindows } from '../series/whole-model.ts'
import { grows, sayOf, sayBetween } from './whole-say.ts'
import { Change, Tile } from './tile.tsx'

export interface WholeTileProps {
  readonly tile: TileSpec
}

export function WholeTile({ tile: { metric, title, source } }: WholeTileProps): JSX.Element {
  const total = wholeSlots.total(metric)
  const line = wholeSlots.line(metric, statOf(metric))
  const { answer } = known<TopAnswer>(total)
  const windows = known<SeriesAnswer>(line).answer
  const values = isGhost(line) ? [] : (windows?.series[0]?.values ?? [])
  const value = answer?.total.value ?? null
  const say = sayOf(metric)
  const previous = answer?.meta.previous?.known === true ? answer.total.previous : null
  const until = answer === null ? null : knownTo(answer.meta)
  const unfiltered = filtersFor(source, filters.value).length < filters.value.length
  // A running window of different ones is no fall.
  const over = windows === null || !grows(metric) ? values.length : shownWindows(windows, true)
  const points = values.slice(0, over).slice(-48)
  const others = linesOf(metric).length > 1 ? 'three of four are below' : 'over the whole range'
  return (
    <Tile
      of={[total]}
      title={title}
      value={value === null ? null : answer === null ? say(value) : sayBetween(answer.total, value, say)}
      exactValue={value}
      spark={points}
      unfiltered={unfiltered}
      under={
        unfiltered ? (
          ''
        ) : until !== null ? (
          `up to ${momentOf(until)}`
        ) : (
          <Change
            against={
              value === null || previous === null
                ? null
                : { now: value, before: previous, change: changeOf(value, previous) }
            }
            value={value}
            say={say}
            otherwise={others}
          />
        )
      }
    />
  )
}
