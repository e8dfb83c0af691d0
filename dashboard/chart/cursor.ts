/** The one cursor of the page: all time plots draw it at the same time. */
import { signal } from '@preact/signals'

/** End of the stretch it stands on (ms), or null. */
export const cursorMs = signal<number | null>(null)
/** Key of the series under the pointer and the chart it is in. */
export const near = signal<{ chart: string; key: string } | null>(null)

/** The chart that keys move the cursor on: it alone reads it out. */
export const speaker = signal<string | null>(null)

export function leave(): void {
  speaker.value = null
  cursorMs.value = null
  near.value = null
}
