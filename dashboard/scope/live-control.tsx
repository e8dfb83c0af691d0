/** Live, held while somebody reads, paused by hand, or looking at a stretch that does not move: each with its way back. */
import type { JSX } from 'preact'
import { Glyph, Icon } from '../icons.tsx'
import { go, held, link, pause, paused, range } from '../live/page.ts'
import { clockTime } from '../say/format.ts'
import { isMoving, usualRange } from './range.ts'

export function goLive(): void {
  if (isMoving(range.value)) pause(false)
  else go({ range: usualRange })
}
export const isStill = (): boolean => paused.value !== null || !isMoving(range.value)
export const toggleLive = (): void => (isStill() ? goLive() : pause(true))

export function LiveControl(): JSX.Element {
  if (isStill())
    return (
      <div class="seg" role="group" aria-label="Live">
        <button type="button" aria-pressed={false} onClick={goLive}>
          <Icon name="play" />
          Go live
        </button>
        {paused.value !== null && <span class="still">Paused at {clockTime(paused.value)}</span>}
      </div>
    )
  const isHeld = held.value !== null
  return (
    <div class="seg" role="group" aria-label="Live">
      <button type="button" class="live" aria-pressed onClick={() => pause(true)} data-live={isHeld ? 'held' : link.value.state}>
        <Glyph name={isHeld ? 'held' : link.value.state === 'lost' ? 'lost' : 'exact'} />
        {isHeld ? 'Held' : 'Live'}
      </button>
      <button type="button" class="sq" aria-label="Pause (L)" onClick={() => pause(true)}>
        <Icon name="pause" />
      </button>
    </div>
  )
}
