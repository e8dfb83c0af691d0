/** How an event gets in: as a command to copy, and as a button that does it once somebody has read what it sends, and where to. */
import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { CatalogSource } from '../../query-api/wire.ts'
import { serverNowMs } from '../state/clock.ts'
import { lazy } from '../ui/lazy.tsx'
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
    void import('./send.ts').then(
      async ({ send }) => setSaid(await send(source.source, asking)),
      () => setSaid('not sent: the page lacks a part of itself; load it anew'),
    )
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
