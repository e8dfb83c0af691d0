/** From a stretch that moves to one that does not, and back. */
import { isMoving, resolveRange, usualRange, widened } from '../view/range.ts'
import { serverNowMs } from './clock.ts'
import { go, home, range } from './navigation.ts'
import { pause, paused } from './still.ts'

export function goLive(): void {
  if (isMoving(range.value)) pause(null)
  else go({ range: home.value !== null && isMoving(home.value) ? home.value : usualRange })
}
/** To the range before a zoom; without one, to twice as much around the middle. */
export function zoomOut(): void {
  if (home.value !== null) return go({ range: home.value })
  const times = resolveRange(range.value, serverNowMs())
  if (!isMoving(range.value) && typeof times !== 'string') go({ range: widened(times, serverNowMs()) })
}
/** The page shows a stretch that does not move. */
export const isStill = (): boolean => paused.value !== null || !isMoving(range.value)
export const toggleLive = (): void => (isStill() ? goLive() : pause(serverNowMs()))
