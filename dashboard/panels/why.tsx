/** One sentence under a panel that is not simply exact: what happened, since when, what comes next. */
import type { JSX } from 'preact'
import type { Problem } from '../../query-api/wire.ts'
import { freshness, type Evidence } from '../fresh/freshness.ts'
import { Glyph } from '../icons.tsx'
import { amount, clockTime } from '../say/format.ts'

interface Props {
  readonly problem: Problem | null
  readonly evidence?: Evidence
  readonly source?: string
  /** Set where the range begins before the log does. */
  readonly sinceMs?: number | null
}

function reason(e: Evidence, source: string): { glyph: 'stale' | 'partial' | 'behind'; words: string } | undefined {
  const { state } = freshness(e)
  const waits = e.behindRecords > 0 ? ` ${amount(e.behindRecords)} ${e.behindRecords === 1 ? 'record waits' : 'records wait'} in the log.` : ''
  if (state === 'stale' && e.asOfMs !== null && e.complete > 0) return { glyph: 'stale', words: `Nothing new came from ${source} since ${clockTime(e.asOfMs)}. Numbers stand as they were then.${waits}` }
  if (state === 'stale' && e.asOfMs !== null) return { glyph: 'stale', words: `No worker counts ${source} since ${clockTime(e.asOfMs)}. Nothing is lost: what comes is kept in the log and counted when a worker is back.${waits}` }
  if (state === 'partial' && e.asOfMs !== null) return { glyph: 'partial', words: `Some partitions of ${source} have no worker. Numbers are whole up to ${clockTime(e.asOfMs)}; later ones may still grow.${waits}` }
  if (state === 'behind') return { glyph: 'behind', words: 'Whole up to the mark; the rest is being counted.' }
  return undefined
}

export function Why({ problem, evidence, source = '', sinceMs = null }: Props): JSX.Element {
  const found = evidence === undefined ? undefined : reason(evidence, source)
  return (
    <p class="note" data-why>
      {problem !== null && (
        <>
          <span class="warn">
            <Glyph name="partial" />
          </span>
          <span>
            {problem.title}
            {problem.detail === undefined ? '' : `: ${problem.detail}`}
          </span>
        </>
      )}
      {problem === null && found !== undefined && (
        <>
          <span class="warn">
            <Glyph name={found.glyph} />
          </span>
          <span>{found.words}</span>
        </>
      )}
      {problem === null && found === undefined && sinceMs !== null && <span>The log begins at {clockTime(sinceMs)}; before that nothing is known.</span>}
    </p>
  )
}
