/** What is known of how fresh the answer in a slot is. */
import type { Query } from '../plan/queries.ts'
import { clock } from '../state/clock.ts'
import { retryInMs } from '../state/connection.ts'
import { questions, slotOf } from '../state/slots.ts'
import { still } from '../state/still.ts'
import { evidence, type Evidence } from './freshness.ts'

const isSeldom = (query: Query | undefined): boolean => query?.kind === 'list' || query?.kind === 'tail'
export const evidenceOf = (slot: string): Evidence =>
  evidence(slotOf(slot).value, clock.value, {
    retryInMs: retryInMs.value,
    held: still.value,
    seldom: isSeldom(questions.value.get(slot)),
  })
