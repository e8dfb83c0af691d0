import type { JSX } from 'preact'
import { useComputed } from '@preact/signals'
import { isRefusal } from '../stream/answers.ts'
import { evidenceOf } from './slot-evidence.ts'
import { known } from '../state/slots.ts'
import { Chip, type ChipSize } from './chip.tsx'
import { freshness, worst, type FreshState } from './freshness.ts'

/** The chip of one or several answers. It alone follows the clock, so that its panel need not be drawn with every frame. */
export function SlotChip({
  of,
  size = 'panel',
}: {
  of: readonly string[]
  size?: ChipSize
}): JSX.Element | null {
  // A refused question has no answer that could be fresh: its panel says so itself.
  const telling = of.filter((slot) => {
    const { answer, problem } = known(slot)
    return answer !== null || (problem !== null && !isRefusal(problem))
  })
  const evidence = worst((telling.length > 0 ? telling : of).map(evidenceOf))
  return evidence === undefined ? null : <Chip of={evidence} size={size} />
}

/** The state of an answer; a component that reads it is drawn anew only when it changes. */
export function useFresh(slot: string): FreshState {
  return useComputed(() => freshness(evidenceOf(slot)).state).value
}
