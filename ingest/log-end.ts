/**
 * Whether the log really ends before what was counted. Kafka's own word for it is a guess at times: the answer to one fetch may contradict itself, and a leader that was
 * just elected learns late how far the log is known to reach (KIP-207). So the leader is asked again, several times, and one better answer is enough.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogAdmin } from '../log/log.ts'
import type { PartitionOptions } from './partition-options.ts'

const TIMES = 8
const PAUSE_MS = 1000

type Ends = Pick<LogAdmin, 'logEnds'>

/** True where the partition's leader said `TIMES` times in a row that its log ends before `next`. One that does not answer has said nothing: it is asked on. */
export async function endsBefore(
  admin: Ends,
  topic: string,
  partition: number,
  next: number,
  pauseMs = PAUSE_MS,
): Promise<boolean> {
  for (let times = 0; times < TIMES; ) {
    const end = await admin.logEnds([topic]).then(
      (ends) => ends.get(topic)?.get(partition) ?? null,
      () => null,
    )
    if (end !== null && end >= next) return false
    if (end !== null) times++
    if (times < TIMES) await sleep(pauseMs)
  }
  return true
}

/** One record; that the log does not reach it is believed only when it is said again and again. Throws LogError. */
export async function readPatiently(
  admin: Ends & Pick<LogAdmin, 'readRecord'>,
  topic: string,
  partition: number,
  offset: number,
  pauseMs = PAUSE_MS,
): ReturnType<LogAdmin['readRecord']> {
  for (;;) {
    const found = await admin.readRecord(topic, partition, offset)
    if (found !== 'beyond-end' || (await endsBefore(admin, topic, partition, offset + 1, pauseMs)))
      return found
    await sleep(pauseMs)
  }
}

/** What a worker asks of the log of its partition beside the records that are fetched. */
export const logQuestions = (
  admin: Ends & Pick<LogAdmin, 'readRecord' | 'ranges'>,
  topic: string,
  partition: number,
): Pick<PartitionOptions, 'logStart' | 'recordAt' | 'endsBefore'> => ({
  logStart: async () => (await admin.ranges(topic)).get(partition)?.start ?? 0,
  recordAt: (offset) => readPatiently(admin, topic, partition, offset),
  endsBefore: (next) => endsBefore(admin, topic, partition, next),
})
