import type { JSX } from 'preact'
import { Glyph } from '../icons.tsx'
import { clock } from '../live/page.ts'
import { clockTime, span } from '../say/format.ts'
import { lookedMs, status } from './look.ts'

/** The freshness of a look at the status: it is asked for, not streamed. */
export function LookChip(): JSX.Element {
  const ageMs = clock.value - lookedMs.value
  const stale = ageMs > 5000
  return (
    <span class="fresh" data-state={stale ? 'stale' : 'exact'}>
      <Glyph name={stale ? 'stale' : 'exact'} />
      <span>{stale ? `stale ${span(ageMs)}` : <>as of <b>{clockTime(status.value?.nowMs ?? 0)}</b></>}</span>
    </span>
  )
}
