/** What stands under a panel: what is in no number, which filters are not heeded, why it is not simply exact. */
import type { JSX } from 'preact'
import type { Problem, SessionsAnswer } from '../../query-api/wire.ts'
import { Why } from '../panels/explanation.tsx'
import { leftOut } from './figures.ts'
import { NotFiltered } from './not-filtered.tsx'
import type { VisitorsPanel } from './plan.ts'

export const Notes = ({
  spec,
  slot,
  problem,
  meta,
  what,
  partial = 0,
  isExplained = false,
}: {
  spec: VisitorsPanel
  slot: string
  problem: Problem | null
  meta: Pick<SessionsAnswer['meta'], 'late' | 'over' | 'mispartitioned'> | undefined
  what: string
  /** Stretches of steps that are in no number. */
  partial?: number
  /** The chart above says why it is not simply exact. */
  isExplained?: boolean
}): JSX.Element => (
  <>
    {!isExplained && <Why problem={problem} slot={slot} source={spec.source.source} />}
    {meta !== undefined &&
      leftOut(meta, what, partial).map((text) => (
        <p key={text} class="note" data-left-out>
          {text}
        </p>
      ))}
    <NotFiltered of={spec} what={what} />
  </>
)
