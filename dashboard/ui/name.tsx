/** A name that came with the data: kept apart from the direction of the text around it, and cut in its middle, because paths and ids differ at their ends. */
import type { JSX } from 'preact'

const TAIL_LETTERS = 12
/** Only what is written from left to right, letter by letter, can be cut anywhere. */
const isSimple = /^[\x20-\x7e]{24,}$/

export function Name({ text }: { text: string }): JSX.Element {
  if (!isSimple.test(text)) return <bdi class="cut">{text}</bdi>
  return (
    <bdi class="mid" title={text}>
      <span class="cut">{text.slice(0, -TAIL_LETTERS)}</span>
      <span>{text.slice(-TAIL_LETTERS)}</span>
    </bdi>
  )
}
