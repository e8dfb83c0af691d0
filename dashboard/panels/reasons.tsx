/** One sentence under a panel that is not simply exact: what happened, since when, what comes next. */
import type { JSX } from 'preact'
import type { CatalogSource, Problem, Provenance } from '../../query-api/wire.ts'
import { freshness, isUnanswered, type Evidence } from '../freshness/freshness.ts'
import { Glyph, type GlyphName } from '../ui/icons.tsx'
import { evidenceOf } from '../freshness/slot-evidence.ts'
import { filters, known } from '../state/slots.ts'
import { filtersFor } from '../plan/queries.ts'
import { amount, momentOf, span } from '../format/format.ts'

export interface WhyProps {
  readonly problem: Problem | null
  readonly slot?: string
  readonly source?: string
  /** Set where the range begins before the log does. */
  readonly sinceMs?: number | null
}

/** Each partition that lacks, in the API's own words; those that say the same are one. */
function lacking(meta: Provenance | undefined, source: string): string | undefined {
  const whys = [...new Set(meta?.incomplete?.map(({ why }) => why))]
  return whys.length === 0 ? undefined : `${source}: ${whys.slice(0, 3).join('; ').replace(/\.?$/, '.')}`
}

function reason(
  e: Evidence,
  source: string,
  meta: Provenance | undefined,
): { glyph: GlyphName; words: string } | undefined {
  const { state } = freshness(e)
  const waits =
    e.behindRecords > 0
      ? ` ${amount(e.behindRecords)} ${e.behindRecords === 1 ? 'record waits' : 'records wait'} in the log.`
      : ''
  if (state === 'lost') return undefined
  if (isUnanswered(e))
    return {
      glyph: 'stale',
      words: `The API has not answered for ${span(e.sinceArrivedMs)}. Numbers stand as they were then; what came since is not known.`,
    }
  if (e.rebuilding !== null)
    return {
      glyph: 'behind',
      words:
        meta?.rebuilding?.lost === true
          ? 'The store lost numbers; they are counted again from the log. What stands here is what was counted again so far.'
          : 'A newer definition is being counted from the log. Numbers of the one before stand until it is done.',
    }
  const missing = e.complete < 1 ? lacking(meta, source) : undefined
  if (missing !== undefined)
    return { glyph: e.complete === 0 ? 'stale' : 'partial', words: `${missing}${waits}` }
  if (state === 'stale' && e.asOfMs !== null && e.complete > 0)
    return {
      glyph: 'stale',
      words: `Nothing of ${source} was counted since ${momentOf(e.asOfMs)}. Numbers stand as they were then.${waits}`,
    }
  if (state === 'stale' && e.asOfMs !== null)
    return {
      glyph: 'stale',
      words: `No worker counts ${source} since ${momentOf(e.asOfMs)}. Nothing is lost: what comes is kept in the log and counted when a worker is back.${waits}`,
    }
  if (state === 'partial' && e.asOfMs !== null)
    return {
      glyph: 'partial',
      words: `Some partitions of ${source} have no worker. Numbers are whole up to ${momentOf(e.asOfMs)}; later ones may still grow.${waits}`,
    }
  if (meta?.catalogLost !== undefined)
    return { glyph: 'behind', words: `The store does not say what ${source} is: ${meta.catalogLost}` }
  if (!e.endKnown)
    return {
      glyph: 'behind',
      words: `Kafka does not say where the log of ${source} ends${meta?.logEnd.why === undefined ? '' : ` (${meta.logEnd.why})`}: records may wait that nobody knows of.`,
    }
  if (state === 'behind')
    return { glyph: 'behind', words: `Whole up to the mark; the rest is not counted yet.${waits}` }
  return undefined
}

const Note = ({
  glyph,
  words,
  add,
}: {
  glyph: GlyphName
  words: string
  add?: string | undefined
}): JSX.Element => (
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

/** What the title says already is not said again. */
const problemWords = ({ type, title, detail }: Problem): string =>
  detail === undefined || type.endsWith(':store_unreachable') ? title : `${title}: ${detail}`

export function Why({ problem, slot, source = '', sinceMs = null }: WhyProps): JSX.Element {
  const found =
    slot === undefined || problem !== null
      ? undefined
      : reason(evidenceOf(slot), source, known(slot).answer?.meta)
  return (
    <div class="note" data-why>
      {problem !== null && (
        <Note
          glyph="partial"
          words={problemWords(problem)}
          add={problem.status === 422 ? problem.errors?.[0]?.detail : undefined}
        />
      )}
      {found !== undefined && <Note {...found} />}
      {problem === null && found === undefined && sinceMs !== null && (
        <span>The log begins at {momentOf(sinceMs)}; before that nothing is known.</span>
      )}
    </div>
  )
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and no ${names.at(-1)!}`

/** A filter on a field that this source does not have leaves its numbers as they are, and says so. */
export function NotFiltered({ source }: { source: CatalogSource }): JSX.Element | null {
  const apply = filtersFor(source, filters.value)
  const others = filters.value.filter((filter) => !apply.includes(filter))
  // Another source's field of the same name is another field.
  const own = new Set(source.fields.map(({ name }) => name))
  const missing = [...new Set(others.filter(({ field }) => !own.has(field)).map(({ field }) => field))]
  const same = [
    ...new Set(
      others
        .filter(({ field, source: of }) => own.has(field) && of !== null && of !== source.source)
        .map(({ field, source: of }) => `${field} of ${of!}`),
    ),
  ]
  if (others.length === 0) return null
  return (
    <p class="note" data-not-filtered>
      Not filtered:{' '}
      {[
        missing.length === 0 ? '' : `${source.source} has no ${listed(missing)}`,
        same.length === 0 ? '' : `the filter is on ${same.join(' and ')}`,
      ]
        .filter((part) => part !== '')
        .join('; ') || `${source.source} cannot be filtered by it`}
      .
    </p>
  )
}
