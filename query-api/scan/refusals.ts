/** Why a question is not read from the log, and what to do about it. */
import type { Help } from '../engine/plan/help.ts'
import { ProblemError } from '../problem.ts'
import type { ScanQuestion } from './question.ts'
import type { ScanFailure } from './thread-client.ts'

const inWords = (count: number): string => count.toLocaleString('en-US')

export function tooManyRecords(
  { source }: Pick<ScanQuestion, 'source'>,
  records: number,
  most: number,
  help: Help | null,
): ProblemError {
  const instead = help === null ? '' : `; or else: ${help.problem.message}`
  return new ProblemError(
    'scan_too_long',
    `${inWords(records)} records of ${source.topic} would be read for this, and one question may read ${inWords(most)}; ask for a shorter range${instead}`,
    [{ pointer: '/from', detail: 'a shorter range' }, ...(help?.problem.faults ?? [])],
  )
}

export const tooManyScans = (): ProblemError =>
  new ProblemError(
    'too_busy',
    'as many questions as may be are being read from the log; ask again in a while',
  )

/** The same words for the same failure, to whoever asks. */
export function problemOfFailure(
  error: ScanFailure,
  question: ScanQuestion,
  help: Help | null,
): ProblemError {
  const { kind, why, retry } = error.failed
  const instead = help === null ? '' : `; ${help.problem.message}`
  if (kind === 'missing')
    return new ProblemError(
      'breakdown_needed',
      `the log cannot answer: ${why}, as topics do that are compacted${instead}`,
      help?.problem.faults ?? [],
    )
  if (kind === 'cells')
    return new ProblemError(
      'too_many_cells',
      `${why} at ${question.interval.name} are more than one scan of the log may hold; ask for a coarser interval, fewer fields or a shorter range`,
      [{ pointer: '/interval', detail: 'coarser' }],
    )
  if (kind === 'log' || retry) return new ProblemError('log_unreachable', `the log could not be read: ${why}`)
  return new ProblemError('internal', 'a scan of the log failed; the log of the API says more', [], error)
}
