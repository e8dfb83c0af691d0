/** What the page's one polite live region says: held while reading, paused, lost, found, copied. */
import { signal } from '@preact/signals'

export const saying = signal('')
let timer: ReturnType<typeof setTimeout> | undefined

export function saySoon(words: string): void {
  saying.value = words
  clearTimeout(timer)
  timer = setTimeout(() => (saying.value = ''), 4000)
}
