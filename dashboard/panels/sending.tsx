/** How an event gets in: as a command to copy, and as a button that does it. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import type { CollectAnswer, Problem } from '../../query-api/wire.ts'
import { amount } from '../say/format.ts'
import { CopyButton } from './copy.tsx'

const samples: Record<string, Record<string, unknown>> = {
  clicks: { type: 'page_view', path: '/hello', visitor: 'you' },
  readings: { device: 'my-device', site: 'home', signal: 'temperature', value: 21.5, unit: '°C' },
}

const sampleOf = (source: string): Record<string, unknown> => ({ ts: new Date().toISOString(), ...samples[source] })

export function curlFor(source: string, sample: Record<string, unknown>): string {
  return `curl '${location.origin}/v1/events?source=${source}' \\\n  -H 'content-type: application/json' \\\n  -d '${JSON.stringify(sample)}'`
}

/** The command, with its own copy button. The time is the moment of drawing: near enough to be counted now. */
export function SendBox({ source }: { source: string }): JSX.Element {
  const body = JSON.stringify(sampleOf(source))
  const command = curlFor(source, sampleOf(source))
  const [before] = command.split(body)
  return (
    <div class="code">
      <CopyButton text={() => curlFor(source, sampleOf(source))} label="Copy" />
      <pre>
        {before === command ? command : before}
        {before !== command && <span class="s">{body}</span>}
        {before !== command && "'"}
      </pre>
    </div>
  )
}

const said = signal('')

async function send(source: string): Promise<void> {
  said.value = 'sending'
  try {
    const response = await fetch(`/v1/events?source=${source}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(sampleOf(source)) })
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
