/** How an event gets in: as a command to copy, and as a button that does it once somebody has read what it sends, and where to. */
import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { ApiError } from '../../client/api-error.ts'
import type { CatalogSource } from '../../query-api/wire.ts'
import { api } from '../state/api.ts'
import { serverNowMs } from '../state/clock.ts'
import { lazy } from '../ui/lazy.tsx'
import { fixed } from '../format/format.ts'
import type { ConfirmProps } from '../ui/confirm.tsx'
import { CopyButton } from '../ui/copy.tsx'
import { curlCode, exampleText, type Code } from './example.ts'

/** A box of code with its own copy button; what is in it for the reader to change is coloured. */
export function CodeBox({ parts }: { parts: Code }): JSX.Element {
  return (
    <div class="code">
      <CopyButton
        text={() => parts.map((part) => (typeof part === 'string' ? part : part.s)).join('')}
        label="Copy"
      />
      <pre>{parts.map((part) => (typeof part === 'string' ? part : <span class="s">{part.s}</span>))}</pre>
    </div>
  )
}

export const SendBox = ({ source }: { source: CatalogSource }): JSX.Element => (
  <CodeBox parts={curlCode(source, location.origin, serverNowMs())} />
)

async function send(source: string, body: string): Promise<string> {
  try {
    const answer = await api.send(source, JSON.parse(body))
    const item = answer.items[0]
    return item?.status === 'accepted'
      ? `in the log at ${source}/${item.partition} @${fixed(item.offset, 0)}`
      : `not taken: ${item?.detail ?? 'no verdict came'}`
  } catch (error) {
    if (error instanceof ApiError) return `${error.status}: ${error.message}`
    return `not sent: ${error instanceof Error ? error.message : String(error)}`
  }
}

const Confirm = lazy<ConfirmProps>(
  async () => {
    const [confirm] = await Promise.all([import('../ui/confirm.tsx'), import('../style/opened.css')])
    return confirm.Confirm
  },
  () => null,
)

export function SendButton({
  source,
  label = 'Send one event',
  main = false,
}: {
  source: CatalogSource
  label?: string
  main?: boolean
}): JSX.Element {
  const [said, setSaid] = useState('')
  const [asking, setAsking] = useState<string | null>(null)
  const close = (sends: boolean): void => {
    setAsking(null)
    if (!sends || asking === null) return
    setSaid('sending')
    void send(source.source, asking).then(setSaid)
  }
  return (
    <>
      <button
        type="button"
        class={main ? 'btn main' : 'btn sm'}
        onClick={() => setAsking(exampleText(source, serverNowMs(), false))}
      >
        {label}
      </button>
      <span class="cut i3" role="status">
        {said}
      </span>
      {asking !== null && <Confirm source={source.source} topic={source.topic} body={asking} close={close} />}
    </>
  )
}
