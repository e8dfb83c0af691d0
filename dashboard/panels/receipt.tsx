import type { JSX } from 'preact'
import type { Provenance } from '../../query-api/wire.ts'
import { known, range } from '../live/page.ts'
import { queries, queryText } from '../live/queries.ts'
import { fixed } from '../say/format.ts'
import { CopyButton } from './copy.tsx'

const offsets = (meta: Provenance): number => Object.values(meta.vector).reduce((sum, next) => sum + next, 0)
const vector = (meta: Provenance): string =>
  Object.entries(meta.vector)
    .map(([partition, next]) => `${meta.topic}/${partition} @${next}`)
    .join(', ')

const curls = (): string => [queries.byCountry, queries.bySite].map((query) => `curl '${location.origin}/v1/${queryText(query, range.value)}'`).join('\n')

/** What the numbers of the page come from: offsets, definition, generation. */
export function Receipt(): JSX.Element {
  const sources = [known('clicks').answer?.meta, known('readings').answer?.meta].filter((meta) => meta !== undefined)
  return (
    <footer class="receipt" aria-label="Receipt">
      {sources.map((meta) => (
        <details key={meta.source} data-source={meta.source} data-offsets={offsets(meta)}>
          <summary title="Offsets of every partition">
            {meta.source} <b>@{fixed(offsets(meta), 0)}</b>, definition <b>{meta.def.slice(0, 8)}</b>, generation <b>{meta.generation}</b>
          </summary>
          <div>{vector(meta)}</div>
        </details>
      ))}
      <span class="act">
        <CopyButton text={curls} label="copy as curl" plain />
      </span>
    </footer>
  )
}
