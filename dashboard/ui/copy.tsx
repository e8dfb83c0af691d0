import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { Icon } from './icons.tsx'

/** Copies, says so for two seconds, and says so too where the browser does not let it. */
export function CopyButton({
  text,
  label,
  plain = false,
}: {
  text: () => string
  label: string
  plain?: boolean
}): JSX.Element {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text())
      setState('copied')
    } catch {
      setState('refused')
    }
    setTimeout(() => setState('ready'), 2000)
  }
  const words = state === 'ready' ? label : state === 'copied' ? 'copied' : 'the browser refused'
  return (
    <button type="button" class={plain ? 'link' : 'btn sm copy'} onClick={() => void copy()}>
      {!plain && <Icon name={state === 'copied' ? 'check' : 'copy'} />}
      {words}
    </button>
  )
}
