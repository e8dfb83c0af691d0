/** How fresh the page is as a whole. */
import { computed } from '@preact/signals'
import { isRefusal } from '../stream/answers.ts'
import { asked, isGhost, known } from '../state/slots.ts'
import { evidenceOf } from './slot-evidence.ts'
import { link } from '../state/connection.ts'
import { worst, type Evidence } from './freshness.ts'

/** The least fresh of all its numbers. Undefined while there are none, but for a lost link and for answers that do not come. */
export const pageEvidence = computed((): Evidence | undefined => {
  const numbers = asked.value
    .filter((query) => query.kind === 'total' || query.kind === 'chart')
    .map((query) => query.slot)
  const telling = numbers.filter((slot) => {
    const { answer, problem } = known(slot)
    return (answer !== null && !isGhost(slot)) || (problem !== null && !isRefusal(problem))
  })
  if (telling.length === 0 && link.value.state === 'lost') return evidenceOf(numbers[0] ?? 'none')
  return worst(telling.map(evidenceOf))
})
