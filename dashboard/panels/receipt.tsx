import type { JSX } from 'preact'
import type { Provenance } from '../../query-api/wire.ts'
import { catalog } from '../state/catalog.ts'
import { asked, seriesIn } from '../state/slots.ts'
import { leadOf, slots } from '../plan/plan.ts'
import { fixed } from '../format/format.ts'
import { CopyButton } from '../ui/copy.tsx'
import { curlOf } from './exports.ts'

const offsets = (meta: Provenance): number => Object.values(meta.vector).reduce((sum, next) => sum + next, 0)
const vector = (meta: Provenance): string =>
  Object.entries(meta.vector)
    .map(([partition, next]) => `${meta.topic}/${partition} @${next}`)
    .join(', ')

/** Of a page without charts its lists. */
const curls = (): string[] => {
  const of = (which: string): string[] =>
    asked.value.filter(({ kind }) => kind === which).map(({ text }) => curlOf(text, location.origin))
  const charts = of('chart')
  return charts.length > 0 ? charts : of('list')
}

/** What the numbers of the page come from: offsets, definition, generation. */
export function Receipt(): JSX.Element {
  const metas = (catalog.value ?? []).flatMap((source) => {
    const metric = leadOf(source)
    const meta = metric === undefined ? undefined : seriesIn(slots.total(metric)).answer?.meta
    return meta === undefined ? [] : [meta]
  })
  return (
    <footer class="receipt" aria-label="Receipt">
      {metas.map((meta) => (
        <details key={meta.source} data-source={meta.source} data-offsets={offsets(meta)}>
          <summary title="Offsets of every partition">
            {meta.source} <b>@{fixed(offsets(meta), 0)}</b>, definition <b>{meta.def.slice(0, 8)}</b>,
            generation <b>{meta.generation}</b>
          </summary>
          <div>{vector(meta)}</div>
        </details>
      ))}
      <span class="act">
        <CopyButton text={() => location.href} label="copy link" plain />
        {curls().length > 0 && <CopyButton text={() => curls().join('\n')} label="copy as curl" plain />}
      </span>
    </footer>
  )
}
