/** How a value is shown: as it is, but for one that is written like our own word for what has no name. */
import { OTHER } from './dictionary.ts'

const LIKE_OTHER = new RegExp(`^\\\\*${OTHER}$`)

/** `__other__` as a value is `\__other__`, so that the label `__other__` is the overflow and nothing else; `\__other__` is `\\__other__`, and so on. */
export function labelOf(value: string): string
export function labelOf(value: string | null): string | null
export function labelOf(value: string | null): string | null {
  return value !== null && LIKE_OTHER.test(value) ? `\\${value}` : value
}

/** What a filter means by a label. The overflow cannot be asked for, so its word without a stroke is the value too. */
export function valueOfLabel(label: string): string {
  return label.startsWith('\\') && LIKE_OTHER.test(label) ? label.slice(1) : label
}
