/** The log is read for an answer, or its reader did not want to wait. */
import type { JSX } from 'preact'
import { isStopped } from '../state/slots.ts'
import { readAfterAll, scanOf, stopReading, type Scanning } from './scanning.ts'
import { amount } from '../format/format.ts'

/** Cut and not rounded: 100 % is said only where all of it is read. */
export const percent = ({ records, total }: Scanning): number =>
  total <= 0 ? 0 : Math.min(100, Math.floor((records / total) * 100))

export const progressWords = (progress: Scanning): string =>
  `Reading the log: ${amount(progress.records)} of ${amount(progress.total)} records, ${percent(progress)}\u202f%.`

export function Bar({ progress }: { progress: Scanning }): JSX.Element {
  return (
    <span
      class="bar"
      role="progressbar"
      aria-label="Reading the log"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent(progress)}
    >
      <i style={{ width: `${percent(progress)}%` }} />
    </span>
  )
}

export function Reading({ slots }: { slots: readonly string[] }): JSX.Element | null {
  const progress = scanOf(slots)
  if (progress !== null)
    return (
      <div class="reading" data-reading={percent(progress)}>
        <p>
          No breakdown holds this question. {progressWords(progress)}
          <button type="button" class="btn sm" onClick={() => stopReading(slots)}>
            Stop
          </button>
        </p>
        <Bar progress={progress} />
      </div>
    )
  if (!slots.some(isStopped)) return null
  return (
    <div class="reading" data-stopped>
      <p>
        Stopped: the log is not read for this. Nothing is known of it.
        <button type="button" class="btn sm" onClick={() => readAfterAll(slots)}>
          Read the log
        </button>
      </p>
    </div>
  )
}
