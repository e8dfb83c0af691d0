import type { JSX } from 'preact'
import type { CatalogSource } from '../../query-api/wire.ts'
import { range } from '../live/page.ts'
import { clockTime } from '../say/format.ts'
import { within } from '../scope/range.ts'
import { SendBox, SendButton } from './sending.tsx'

export interface NoDataProps {
  readonly source: CatalogSource
  readonly sinceMs: number | null
  readonly known: boolean
  readonly filtered: boolean
}

/** Nothing in this range: since when, and how to send one. "no data" is a word, 0 is a number. */
export function NoData({ source: { source }, source: whole, sinceMs, known, filtered }: NoDataProps): JSX.Element {
  const when = within(range.value)
  if (filtered && known)
    return (
      <div class="nodata">
        <p class="i2">No {source} pass the filters {when}.</p>
      </div>
    )
  return (
    <div class="nodata">
      <p class="i2">{known && sinceMs !== null ? `No ${source} ${when}; the log begins at ${clockTime(sinceMs)}.` : `No ${source} ${when}, nor before. Send one event; it shows on this page within a second.`}</p>
      <SendBox source={whole} />
      <div class="foot">
        <SendButton source={whole} />
      </div>
    </div>
  )
}
