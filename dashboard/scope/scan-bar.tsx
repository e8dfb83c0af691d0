/** One line over the foot of the page while the log is read for some of its numbers. */
import type { JSX } from 'preact'
import { Bar, progressWords } from '../panels/reading.tsx'
import { scanning, stopReading } from '../panels/scanning.ts'

export function ScanBar(): JSX.Element | null {
  const now = scanning.value
  if (now === null) return null
  const many = now.slots.length
  return (
    <div class="alert scan" data-scan>
      <Bar progress={now} />
      <span>
        No breakdown holds {many === 1 ? 'one question' : `${many} questions`} of this page.{' '}
        {progressWords(now)} Then kept live.
      </span>
      <button type="button" class="link push" onClick={() => stopReading(now.slots)}>
        Stop
      </button>
    </div>
  )
}
