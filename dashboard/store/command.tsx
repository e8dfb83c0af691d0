import type { JSX } from 'preact'
import { CopyButton } from '../ui/copy.tsx'

/** What can be done, and the command that does it: the page itself changes nothing. */
export function Command({ does, text }: { does: string; text: string }): JSX.Element {
  return (
    <div class="cmd">
      <span class="i2">{does}</span>
      <code class="cut" title={text}>
        {text}
      </code>
      <CopyButton text={() => text} label="Copy" />
    </div>
  )
}
