/** Says of a chart's last step that it is not over, and until when. */
import type { JSX } from 'preact'
import { momentOf } from '../format/format.ts'
import type { ChartModel } from '../series/chart-model.ts'

export const OpenNote = ({
  model: { openUntilMs },
  compared,
}: {
  model: ChartModel
  compared: boolean
}): JSX.Element | null =>
  openUntilMs === undefined ? null : (
    <p class="note" data-open>
      The last step ends {momentOf(openUntilMs).replace(/:00$/, '')}; shown is what there is so far
      {compared && ', compared once it is over'}.
    </p>
  )
