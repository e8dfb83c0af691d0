import type { JSX } from 'preact'
import { range } from '../live/page.ts'
import { clockTime } from '../say/format.ts'
import { SendBox, SendButton } from './sending.tsx'

/** Nothing in this range: since when, and how to send one. "no data" is a word, 0 is a number. */
export function NoData({ source, sinceMs, known }: { source: string; sinceMs: number | null; known: boolean }): JSX.Element {
  return (
    <div class="nodata">
      <p class="i2">
        {known && sinceMs !== null
          ? `No ${source} in the last ${range.value.name}; the log begins at ${clockTime(sinceMs)}.`
          : `No ${source} in the last ${range.value.name}, nor before. Send one event; it shows on this page within a second.`}
      </p>
      <SendBox source={source} />
      <div class="foot">
        <SendButton source={source} />
      </div>
    </div>
  )
}
