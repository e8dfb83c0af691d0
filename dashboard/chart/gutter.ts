/** How wide the labels of the y axis are. All time plots share the widest, so that one cursor is one line down the page; it grows at once and shrinks when a plot goes. */
import { computed, signal } from '@preact/signals'

const needs = signal<ReadonlyMap<string, number>>(new Map())
export const gutterPx = computed(() => Math.max(0, ...needs.value.values()))

/** Room between a label and its plot, px. */
const ROOM_PX = 12
let ruler: CanvasRenderingContext2D | null | undefined

/** What one plot needs for its labels in `font`. */
export function need(id: string, labels: readonly string[], font: string): void {
  ruler ??= document.createElement('canvas').getContext('2d')
  if (ruler === null) return
  ruler.font = `11px ${font}`
  const wide = Math.ceil(Math.max(0, ...labels.map((label) => ruler!.measureText(label).width))) + ROOM_PX
  const had = needs.peek().get(id) ?? 0
  // A few pixels less are no reason to move a plot.
  if (wide > had || wide < had - 10) needs.value = new Map([...needs.peek(), [id, wide]])
}
export function needsNothing(id: string): void {
  needs.value = new Map([...needs.peek()].filter(([one]) => one !== id))
}
