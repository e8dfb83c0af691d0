import { LogError } from '../../log/errors.ts'
import type { AcknowledgedPiece, LogProducer } from '../../log/log.ts'
import { SendError } from '../../log/send-error.ts'

export type Written = { partition: number; offset: number } | { error: LogError }

export interface QueuedRecord {
  key: string
  value: Buffer
  /** Beside `via`. */
  headers?: Readonly<Record<string, string>>
}

const noAnswer = new LogError('LOG_UNREACHABLE', 'no answer in time; the event may be written yet')

/**
 * Writes records with acks of all replicas; answers one outcome a record, in order, after `withinMs` at the latest.
 * Throws only what is not a LogError.
 */
export async function writeAll(
  producer: LogProducer,
  topic: string,
  records: readonly QueuedRecord[],
  withinMs: number,
): Promise<Written[]> {
  const outcomes: Written[] = records.map(() => ({ error: noAnswer }))
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)))
  try {
    await Promise.race([deadline, send(producer, topic, records, outcomes)])
  } finally {
    clearTimeout(timer)
  }
  return outcomes.slice()
}

/** One send; where it was cut off, what was acknowledged has its offsets and only the rest the error. */
async function send(
  producer: LogProducer,
  topic: string,
  records: readonly QueuedRecord[],
  outcomes: Written[],
): Promise<void> {
  const note = (acknowledged: readonly AcknowledgedPiece[]): void => {
    for (const { partition, baseOffset, places } of acknowledged)
      places.forEach((place, at) => (outcomes[place] = { partition, offset: baseOffset + at }))
  }
  if (records.length === 0) return
  try {
    note(
      await producer.send(
        topic,
        records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers, via: 'http' } })),
      ),
    )
  } catch (error) {
    if (!(error instanceof LogError)) throw error
    for (const place of outcomes.keys()) outcomes[place] = { error }
    if (error instanceof SendError) note(error.acknowledged)
  }
}
