import type { JSX } from 'preact'
import { clock } from '../state/clock.ts'
import { still } from '../state/still.ts'
import { clockTime, span } from '../format/format.ts'
import { Glyph } from '../ui/icons.tsx'
import { polledMs, store } from './polling.ts'

/** Answers come every two seconds; one that does not is missed after this. */
const MISSED_MS = 6000

/** How old what the page says of the store is. */
export function StoreChip(): JSX.Element {
  const answer = store.value!
  const missed = clock.value - polledMs.value
  const state = still.value ? 'held' : answer.isAway || missed > MISSED_MS ? 'stale' : 'exact'
  return (
    <span class="fresh" data-state={state}>
      <Glyph name={state} />
      <span>
        {state === 'stale'
          ? `no answer${missed > MISSED_MS ? ` for ${span(missed)}` : ''}, as of `
          : 'as of '}
        <b>{clockTime(answer.asOfMs)}</b>
      </span>
    </span>
  )
}
