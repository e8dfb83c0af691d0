/** Why a question is not read from the log, and what to do about it. */
import type { Help } from '../engine/help.ts'
import { ProblemError } from '../problem.ts'
import type { ScanQuestion } from './question.ts'

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
