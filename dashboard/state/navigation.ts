/** Which view is shown: what the address says, and how it changes. */
import { batch, computed, signal } from '@preact/signals'
import type { Range } from '../view/range.ts'
import { addressOf, inZone, viewOf, type View } from '../view/view.ts'
import { letGo } from './still.ts'

export const view = signal<View>(viewOf(location.pathname, location.search, Date.now()))
/** The address as somebody gave it: what of it cannot be read is told. Empty once the view is another one. */
export const given = signal(location.search)
export const range = computed(() => view.value.range)

/** The range to which a zoom goes back; null where nobody zoomed. It lives with the entry of the browser's history. */
export const home = signal<Range | null>((history.state as { home?: Range } | null)?.home ?? null)

/** Shows another view; the way back is the browser's. A change of the range forgets what a zoom goes back to, unless it is a zoom. */
export function go(
  change: Partial<View>,
  zoomedFrom: Range | null = change.range === undefined ? home.peek() : null,
): void {
  const next = { ...view.value, ...change }
  const address = addressOf(next, location.search)
  if (address === addressOf(view.value, location.search)) return
  history.pushState({ home: zoomedFrom }, '', `${address}${location.hash}`)
  arrive(next, zoomedFrom)
}
function arrive(next: View, zoomedFrom: Range | null, search = ''): void {
  inZone(next.tz, next.weekStart)
  batch(() => {
    view.value = next
    given.value = search
    home.value = zoomedFrom
    letGo()
  })
}

/** Follows the browser's history. */
export function followHistory(): void {
  addEventListener('popstate', (event) =>
    arrive(
      viewOf(location.pathname, location.search, Date.now()),
      (event.state as { home?: Range } | null)?.home ?? null,
      location.search,
    ),
  )
}
