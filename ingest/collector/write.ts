import { LogError } from '../../log/errors.ts'
import type { LogProducer } from '../../log/log.ts'

export type Written = { partition: number; offset: number } | { error: LogError }

const noAnswer = new LogError('LOG_UNREACHABLE', 'no answer in time; the event may be written yet')

/**
 * Writes records with acks of all replicas; answers one outcome a record, in order, after `withinMs` at the latest.
 * Throws only what is not a LogError.
 */
export async function writeAll(producer: LogProducer, topic: string, records: readonly { key: string; value: Buffer }[], withinMs: number): Promise<Written[]> {
  const outcomes: Written[] = records.map(() => ({ error: noAnswer }))
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)))
  try {
    await Promise.race([deadline, sendEach(producer, topic, records, outcomes)])
  } finally {
    clearTimeout(timer)
  }
  return outcomes.slice()
}

/** A send for each record, so that each learns its own offset; the producer packs them into common requests. */
async function sendEach(producer: LogProducer, topic: string, records: readonly { key: string; value: Buffer }[], outcomes: Written[]): Promise<void> {
  async function attempt(at: number, send: () => Promise<{ partition: number; baseOffset: number }[]>): Promise<boolean> {
    try {
      const [landed] = await send()
      if (landed) outcomes[at] = { partition: landed.partition, offset: landed.baseOffset }
      return true
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      outcomes[at] = { error }
      return false
    }
  }
  if (records.length === 0) return
  // An empty send first: the producer learns the topic's partitions once, not once a record.
  if (!(await attempt(0, () => producer.send(topic, [])))) {
    outcomes.fill(outcomes[0]!)
    return
  }
  await Promise.all(records.map(({ key, value }, at) => attempt(at, () => producer.send(topic, [{ key, value, headers: { via: 'http' } }]))))
}
