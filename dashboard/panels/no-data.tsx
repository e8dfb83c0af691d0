import type { JSX } from 'preact'
import type { CatalogSource } from '../../query-api/wire.ts'
import { range } from '../state/navigation.ts'
import { momentOf } from '../format/format.ts'
import { valueName } from '../format/names.ts'
import { within } from '../view/range.ts'
import { SendBox, SendButton } from './send-event.tsx'

export interface NoDataProps {
  readonly source: CatalogSource
  /** What there is none of: the source, or the value that the panel is about. */
  readonly what: string
  readonly sinceMs: number | null
  readonly known: boolean
  readonly filtered: boolean
}

/** Nothing in this range: since when. How to send one is for a source that never had any; a quiet one needs no lesson. "no data" is a word, 0 is a number. */
export function NoData({ source, what, sinceMs, known, filtered }: NoDataProps): JSX.Element {
  const when = within(range.value)
  const name = valueName('', what)
  if (known && (filtered || sinceMs !== null))
    return (
      <div class="nodata">
        <p class="i2">
          {filtered
            ? `No ${name} pass the filters ${when}.`
            : `No ${name} ${when}; the log begins at ${momentOf(sinceMs!)}.`}
        </p>
      </div>
    )
  return (
    <div class="nodata">
      <p class="i2">{`No ${name} ${when}, nor before. Send one event; it shows on this page within a second.`}</p>
      <SendBox source={source} />
      <div class="foot">
        <SendButton source={source} />
      </div>
    </div>
  )
}
