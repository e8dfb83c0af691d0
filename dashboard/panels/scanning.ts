/** Reading the log for answers that no breakdown keeps ready: how far it is, and that a reader need not wait for it. */
import { computed } from '@preact/signals'
import { asked, isStopped, questions, scans, stopped } from '../state/slots.ts'

export interface Scanning {
  readonly records: number
  readonly total: number
}

/** Of all answers that wait for the log, the one that is furthest from its end; null where none waits. */
export const furthest = (progress: readonly Scanning[]): Scanning | null =>
  progress.reduce<Scanning | null>(
    (least, one) =>
      least === null || one.records / Math.max(1, one.total) < least.records / Math.max(1, least.total)
        ? one
        : least,
    null,
  )

export const scanOf = (slots: readonly string[]): Scanning | null =>
  furthest(slots.flatMap((slot) => scans.value.get(slot) ?? []))

/** Of the whole page. */
export const scanning = computed(() => {
  const waiting = asked.value.filter(({ slot }) => scans.value.has(slot)).map(({ slot }) => slot)
  const progress = scanOf(waiting)
  return progress === null ? null : { ...progress, slots: waiting }
})

/** Slots of the page whose reader did not want to wait. */
export const unread = computed(() => [...questions.value.keys()].filter(isStopped))

/** Nobody waits for these any more: where nobody else does, the API stops reading. */
export function stopReading(slots: readonly string[]): void {
  const texts = slots.flatMap((slot) => questions.peek().get(slot)?.text ?? [])
  stopped.value = new Set([...stopped.peek(), ...texts])
}
export function readAfterAll(slots: readonly string[]): void {
  const texts = new Set(slots.map((slot) => questions.peek().get(slot)?.text))
  stopped.value = new Set([...stopped.peek()].filter((text) => !texts.has(text)))
}
