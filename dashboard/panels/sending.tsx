/** How an event gets in: as a command to copy, and as a button that does it. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { CollectAnswer, Problem } from '../../query-api/wire.ts'
import { amount } from '../say/format.ts'
import { CopyButton } from './copy.tsx'

/** The time is left out: the collector stamps it. */
const samples: Record<string, string> = {
  clicks: '{"type":"page_view","path":"/hello","visitor":"me"}',
  readings: '{"device":"my-device","site":"home","signal":"temperature","value":21.5,"unit":"°C"}',
}
const sampleOf = (source: string): string => samples[source] ?? '{}'

const head = (source: string): string => `curl '${location.origin}/v1/events?source=${source}' \\\n  -H 'content-type: application/json' \\\n  -d '`

/** The command, with its own copy button. */
export function SendBox({ source }: { source: string }): JSX.Element {
  return (
    <div class="code">
      <CopyButton text={() => `${head(source)}${sampleOf(source)}'`} label="Copy" />
      <pre>
        {head(source)}
        <span class="s">{sampleOf(source)}</span>'
      </pre>
    </div>
  )
}

const said = signal('')

async function send(source: string): Promise<void> {
  said.value = 'sending'
  try {
    const response = await fetch(`/v1/events?source=${source}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: sampleOf(source) })
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

export function SendButton({ source }: { source: string }): JSX.Element {
  return (
    <>
      <button type="button" class="btn sm" onClick={() => void send(source)}>
        Send one event
      </button>
      <span class="cut i3" role="status">
        {said.value}
      </span>
    </>
  )
}
