import { useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import type { TailAnswer, TailRow } from '../../query-api/wire.ts'
import { clock } from '../state/clock.ts'
import { filters, known } from '../state/slots.ts'
import { still } from '../state/still.ts'
import { slots } from '../plan/plan.ts'
import type { FeedSpec } from '../plan/section.ts'
import { amount, clockTimeMs, dayOf, rate as rateText } from '../format/format.ts'
import { visible } from '../format/names.ts'
import { arrivals } from './arriving.ts'
import { emptyFeed, inWords, turn, type FeedState } from './feed-rows.ts'
import { Panel } from './panel.tsx'
import { SendButton } from './send-event.tsx'

function Row({
  row,
  fresh = false,
  sent = false,
}: {
  row: TailRow
  fresh?: boolean
  sent?: boolean
}): JSX.Element {
  return (
    <div
      class={`ev${fresh ? ' new' : ''}${sent ? ' sent' : ''}`}
      data-via={row.via ?? undefined}
      title={row.raw}
    >
      <span class="at" title={`${dayOf(row.tsMs)} ${clockTimeMs(row.tsMs)}`}>
        {clockTimeMs(row.tsMs)}
      </span>
      <span class="src">{row.source}</span>
      <bdi>{visible(inWords(row))}</bdi>
      {sent && <span class="by">sent over HTTP</span>}
    </div>
  )
}

/** The newest events. Rows stay where they are and change their text: nothing on the page moves. */
export function Feed({ spec: { name, sources, width } }: { spec: FeedSpec }): JSX.Element {
  const feed = useRef<FeedState>(emptyFeed)
  const tails = sources.flatMap(({ source }) => [
    known<TailAnswer>(slots.tail(source)),
    known<TailAnswer>(slots.sent(source)),
  ])
  const rows = tails.flatMap((tail) => tail.answer?.rows ?? [])
  const nowMs = clock.peek()
  if (!still.value) feed.current = turn(feed.current, rows, nowMs)
  const { rows: shown, sent, fresh, turnedMs } = feed.current
  const problem = tails.map((tail) => tail.problem).find((found) => found !== null)
  const loading = problem === undefined && tails.every((tail) => tail.answer === null)
  const counted = sources
    .map(({ source }) => slots.arriving(source))
    .filter((slot) => known(slot).answer !== null)
  const found = arrivals(sources)
  const perS = found.perS
  const without = found.missing.length === 0 ? '' : `, without ${found.missing.join(' and ')}`
  const unit =
    perS === null
      ? undefined
      : `${perS > 8 ? `1 of ${amount(Math.round(perS / 4))} shown` : 'all shown'}, ${rateText(perS)} arrive${without}`
  return (
    // Rows that stayed the same are not sent again: how fresh the sources are, their counts say.
    <Panel
      title="Events"
      unit={unit}
      width={`${width} feed`}
      of={counted.length > 0 ? counted : null}
      name={name}
    >
      <div class="tail">
        <div class="rows-box">
          {sent.map((row, i) => (
            <Row key={`sent${i}`} row={row} sent />
          ))}
          {shown.map((row, i) => (
            <Row key={i} row={row} fresh={i < fresh && nowMs - turnedMs < 900} />
          ))}
          {loading &&
            Array.from({ length: 8 }, (_, i) => (
              <span key={i} class="sk" style={{ width: `${88 - 7 * (i % 4)}%` }} />
            ))}
          {!loading && shown.length === 0 && sent.length === 0 && (
            <p class="i3">{problem?.title ?? 'waiting for the first event'}</p>
          )}
        </div>
      </div>
      <div class="foot">
        <SendButton source={sources[0]!} />
      </div>
      {filters.value.length > 0 && (
        <p class="note" data-not-filtered>
          Not filtered: the newest events are listed, whatever the filters and the range.
        </p>
      )}
    </Panel>
  )
}
