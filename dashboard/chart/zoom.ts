/** Drag over a time plot to zoom all of them: the marked stretch becomes the range of the page. */
import { signal } from '@preact/signals'
import { go, home, range } from '../state/navigation.ts'

/** The stretch that is being marked, ms; all plots show it. */
export const marked = signal<readonly [number, number] | null>(null)
/** A drag shorter than this many pixels is a click. */
export const DRAG_PX = 6
const LEAST_MS = 10_000

/** Whole seconds, at least ten of them. However often one zooms, the way back is to the range before the first time. */
export function zoomTo([a, b]: readonly [number, number]): void {
  const fromMs = Math.floor(Math.min(a, b) / 1000) * 1000
  const toMs = Math.max(fromMs + LEAST_MS, Math.ceil(Math.max(a, b) / 1000) * 1000)
  go({ range: { from: String(fromMs), to: String(toMs) } }, home.peek() ?? range.peek())
}
