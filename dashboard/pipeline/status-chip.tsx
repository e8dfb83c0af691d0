import type { JSX } from 'preact'
import { Glyph } from '../ui/icons.tsx'
import { clock } from '../state/clock.ts'
import { still } from '../state/still.ts'
import { clockTime, span } from '../format/format.ts'
import { doubtIn } from './partition-state.ts'
import { fault, polledMs, status } from './status-polling.ts'

/** A look comes each second; one that does not is missed after this. */
const MISSED_MS = 3_000

/** The freshness of a look at the status: it is asked for, not streamed. It is exact only while Kafka itself says that nothing waits. */
export function StatusChip(): JSX.Element {
  const answer = status.value
  const ageMs = clock.value - polledMs.value
  const state = still.value
    ? 'held'
    : ageMs > MISSED_MS || fault.value !== null
      ? 'stale'
      : answer === null
        ? 'stale'
        : (doubtIn(answer) ?? 'exact')
  return (
    <span class="fresh" data-state={state}>
      <Glyph name={state} />
      <span>
        {state === 'stale' ? `no answer for ${span(ageMs)}, as of ` : 'as of '}
        <b>{clockTime(answer?.nowMs ?? 0)}</b>
      </span>
    </span>
  )
}
