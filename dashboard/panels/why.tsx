/** One sentence under a panel that is not simply exact: what happened, since when, what comes next. */
import type { JSX } from 'preact'
import type { CatalogSource, Problem } from '../../query-api/wire.ts'
import { freshness, type Evidence } from '../fresh/freshness.ts'
import { Glyph, type GlyphName } from '../icons.tsx'
import { evidenceOf, view } from '../live/page.ts'
import { filtersFor } from '../live/queries.ts'
import { amount, clockTime } from '../say/format.ts'

interface Props {
  readonly problem: Problem | null
  readonly slot?: string
  readonly source?: string
  /** Set where the range begins before the log does. */
  readonly sinceMs?: number | null
}

function reason(e: Evidence, source: string): { glyph: GlyphName; words: string } | undefined {
  const { state } = freshness(e)
  const waits = e.behindRecords > 0 ? ` ${amount(e.behindRecords)} ${e.behindRecords === 1 ? 'record waits' : 'records wait'} in the log.` : ''
  if (e.rebuilding !== null && state !== 'lost') return { glyph: 'behind', words: 'A newer definition is being counted from the log. Numbers of the one before stand until it is done.' }
  if (state === 'stale' && e.asOfMs !== null && e.complete > 0) return { glyph: 'stale', words: `Nothing new came from ${source} since ${clockTime(e.asOfMs)}. Numbers stand as they were then.${waits}` }
  if (state === 'stale' && e.asOfMs !== null) return { glyph: 'stale', words: `No worker counts ${source} since ${clockTime(e.asOfMs)}. Nothing is lost: what comes is kept in the log and counted when a worker is back.${waits}` }
  if (state === 'partial' && e.asOfMs !== null) return { glyph: 'partial', words: `Some partitions of ${source} have no worker. Numbers are whole up to ${clockTime(e.asOfMs)}; later ones may still grow.${waits}` }
  if (state === 'behind') return { glyph: 'behind', words: 'Whole up to the mark; the rest is being counted.' }
  return undefined
}

const Note = ({ glyph, words, add }: { glyph: GlyphName; words: string; add?: string | undefined }): JSX.Element => (
  <>
    <span class="warn">
      <Glyph name={glyph} />
    </span>
    <span>
      {words}
      {add !== undefined && <code>{add}</code>}
    </span>
  </>
)

export function Why({ problem, slot, source = '', sinceMs = null }: Props): JSX.Element {
  const found = slot === undefined || problem !== null ? undefined : reason(evidenceOf(slot), source)
  return (
    <div class="note" data-why>
      {problem !== null && <Note glyph="partial" words={`${problem.title}${problem.detail === undefined ? '' : `: ${problem.detail}`}`} add={problem.status === 422 ? problem.errors?.[0]?.detail : undefined} />}
      {found !== undefined && <Note {...found} />}
      {problem === null && found === undefined && sinceMs !== null && <span>The log begins at {clockTime(sinceMs)}; before that nothing is known.</span>}
    </div>
  )
}

const listed = (names: readonly string[]): string => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and no ${names.at(-1)!}`)

/** A filter on a field that this source does not have leaves its numbers as they are, and says so. */
export function NotFiltered({ source }: { source: CatalogSource }): JSX.Element | null {
  const { filters } = view.value
  const apply = filtersFor(source, filters)
  const missing = [...new Set(filters.filter((filter) => !apply.includes(filter)).map(({ field }) => field))]
  return missing.length === 0 ? null : (
    <p class="note" data-not-filtered>
      Not filtered: {source.source} has no {listed(missing)}.
    </p>
  )
}
