/** Live, held while somebody reads, paused by hand, or looking at a stretch that does not move: each with its way back. */
import type { JSX } from 'preact'
import { useComputed } from '@preact/signals'
import { freshness, type FreshState } from '../freshness/freshness.ts'
import { pageEvidence } from '../freshness/page-evidence.ts'
import { Glyph, Icon } from '../ui/icons.tsx'
import { link } from '../state/connection.ts'
import { serverNowMs } from '../state/clock.ts'
import { goLive, isStill, zoomOut } from '../state/live-range.ts'
import { held, pause, paused } from '../state/still.ts'
import { clockTime } from '../format/format.ts'

/** What the page may say of itself: it is live only while it knows that nothing waits. */
const words: Record<FreshState, string> = {
  exact: 'Live',
  approx: 'Live',
  held: 'Held',
  partial: 'Partial',
  behind: 'Behind',
  stale: 'Stale',
  lost: 'Lost',
}

export function LiveControl(): JSX.Element {
  const state = useComputed(() =>
    pageEvidence.value === undefined ? undefined : freshness(pageEvidence.value).state,
  ).value
  if (isStill())
    return (
      <div class="seg" role="group" aria-label="Live">
        <button type="button" aria-pressed={false} onClick={goLive}>
          <Icon name="play" />
          Go live
        </button>
        {paused.value !== null ? (
          <span class="still">Paused at {clockTime(paused.value)}</span>
        ) : (
          <button type="button" title="Zoom out (Z)" onClick={zoomOut}>
            Zoom out
          </button>
        )}
      </div>
    )
  const isHeld = held.value !== null
  const said =
    link.value.state === 'lost'
      ? 'Lost'
      : link.value.state !== 'live'
        ? 'Waiting'
        : isHeld
          ? 'Held'
          : state === undefined
            ? 'Waiting'
            : words[state]
  return (
    <div class="seg" role="group" aria-label="Live">
      <button
        type="button"
        class="live"
        aria-pressed={said === 'Live' || said === 'Held'}
        title="Pause (L)"
        onClick={() => pause(serverNowMs())}
        data-live={isHeld ? 'held' : link.value.state}
        data-says={said}
      >
        <Glyph name={isHeld ? 'held' : link.value.state !== 'live' ? 'lost' : (state ?? 'lost')} />
        {said}
      </button>
      <button type="button" class="sq" aria-label="Pause (L)" onClick={() => pause(serverNowMs())}>
        <Icon name="pause" />
      </button>
    </div>
  )
}
