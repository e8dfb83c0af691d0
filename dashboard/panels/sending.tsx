/** How an event gets in: as a command to copy, and as a button that does it. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { CatalogSource, CollectAnswer, Problem } from '../../query-api/wire.ts'
import { amount } from '../say/format.ts'
import { CopyButton } from './copy.tsx'

/** The time is left out: the collector stamps it. */
const samples: Record<string, string> = {
  clicks: '{"type":"page_view","path":"/hello","visitor":"me"}',
  readings: '{"device":"my-device","site":"home","signal":"temperature","value":21.5,"unit":"°C"}',
}
type Event = { [name: string]: Event | string | number }

function put(event: Event, path: readonly string[], value: string | number): void {
  const [name, ...rest] = path
  if (name === undefined) return
  if (rest.length === 0) {
    event[name] = value
    return
  }
  const had = event[name]
  const inner: Event = typeof had === 'object' ? had : {}
  event[name] = inner
  put(inner, rest, value)
}

/** An event that the source's definition takes: every field it wants and those it counts by, each where it stands. With a time where it asks for one. */
export function sampleOf({ source, fields, key, timePath, breakdowns, metrics }: CatalogSource, at?: string): string {
  const event: Event = {}
  if (at !== undefined) put(event, timePath, at)
  const known = samples[source]
  if (known !== undefined) return JSON.stringify({ ...event, ...(JSON.parse(known) as Event) })
  const used = new Set([key, ...breakdowns.flat(), ...metrics.flatMap(({ field }) => (field === null ? [] : [field]))])
  for (const { name, type, optional, path } of fields) if (!optional || used.has(name)) put(event, path, type === 'number' ? 1 : `my-${name}`)
  return JSON.stringify(event)
}
/** The value of its key in that event. */
export const keyIn = ({ fields, key }: CatalogSource): string => (fields.find(({ name }) => name === key)?.type === 'number' ? '1' : key === 'visitor' ? 'me' : `my-${key}`)

const head = (source: string): string => `curl '${location.origin}/v1/events?source=${source}' \\\n  -H 'content-type: application/json' \\\n  -d '`

/** A box of code with its own copy button; what is in it for the reader to change is coloured. */
export function CodeBox({ parts }: { parts: readonly (string | { readonly s: string })[] }): JSX.Element {
  return (
    <div class="code">
      <CopyButton text={() => parts.map((part) => (typeof part === 'string' ? part : part.s)).join('')} label="Copy" />
      <pre>{parts.map((part) => (typeof part === 'string' ? part : <span class="s">{part.s}</span>))}</pre>
    </div>
  )
}

export const SendBox = ({ source }: { source: CatalogSource }): JSX.Element => <CodeBox parts={[head(source.source), { s: sampleOf(source) }, "'"]} />

const said = signal('')

async function send(whole: CatalogSource): Promise<void> {
  const { source } = whole
  said.value = 'sending'
  try {
    const response = await fetch(`/v1/events?source=${source}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: sampleOf(whole) })
    const answer = (await response.json()) as CollectAnswer | Problem
    if (!('items' in answer)) said.value = `${answer.status}: ${answer.detail ?? answer.title}`
    else {
      const item = answer.items[0]
      said.value = item?.status === 'accepted' ? `counted at ${source}/${item.partition} @${amount(item.offset)}` : `not taken: ${item?.detail ?? 'no verdict came'}`
    }
  } catch (error) {
    said.value = `not sent: ${error instanceof Error ? error.message : String(error)}`
  }
}

export function SendButton({ source, label = 'Send one event', main = false }: { source: CatalogSource; label?: string; main?: boolean }): JSX.Element {
  return (
    <>
      <button type="button" class={main ? 'btn main' : 'btn sm'} onClick={() => void send(source)}>
        {label}
      </button>
      <span class="cut i3" role="status">
        {said.value}
      </span>
    </>
  )
}
