/** One line over the foot of the page while the log is read for some of its numbers. */
import type { JSX } from 'preact'
import { Bar, progressWords } from '../panels/reading.tsx'
import { readAfterAll, scanning, stopReading, unread } from '../panels/scanning.ts'

export function ScanBar(): JSX.Element | null {
  const now = scanning.value
  if (now === null) {
    const left = unread.value
    return left.length === 0 ? null : (
      <div class="alert scan" data-scan="stopped">
        <span>
          Stopped: the log is not read for {left.length === 1 ? 'one number' : `${left.length} numbers`} of
          this page. Nothing is known of {left.length === 1 ? 'it' : 'them'}.
        </span>
        <button type="button" class="link push" onClick={() => readAfterAll(left)}>
          Read the log
        </button>
      </div>
    )
  }
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
