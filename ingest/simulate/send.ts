import { LogError } from '../../log/errors.ts'
import type { LogProducer, ProducerRecord } from '../../log/log.ts'
import { notAcknowledged, SendError } from '../../log/send-error.ts'

export interface SenderOptions {
  producer: Pick<LogProducer, 'send'>
  /** How long one batch is tried before its error is thrown, ms; Infinity for a run without end. */
  retryForMs: number
  now: () => number
  sleep: (ms: number) => Promise<void>
  stopped: () => boolean
  /** One line for people about a passing fault. */
  warn: (line: string) => void
}

export interface Sent {
  /** False: stopped while the log did not answer. */
  acknowledged: boolean
  /** At least one attempt ended without an answer, so the batch may be in the log once more than told here. */
  unsure: boolean
}

/** Sends a batch until the log has it, an error is final, or we are told to stop. Waits 250 ms, then up to 5 s, between attempts. */
export function createSender({
  producer,
  retryForMs,
  now,
  sleep,
  stopped,
  warn,
}: SenderOptions): (topic: string, records: ProducerRecord[]) => Promise<Sent> {
  return async (topic, all) => {
    let records = all
    const giveUpAtMs = now() + retryForMs
    for (let attempt = 0; ; attempt++) {
      try {
        await producer.send(topic, records)
        return { acknowledged: true, unsure: attempt > 0 }
      } catch (error) {
        if (!(error instanceof LogError) || !error.retry || now() >= giveUpAtMs) throw error
        if (error instanceof SendError) records = notAcknowledged(records, error.acknowledged)
        if (attempt === 0) warn(`${error.message}; trying again`)
        await sleep(Math.min(5_000, 250 * 2 ** attempt))
        if (stopped()) return { acknowledged: false, unsure: true }
      }
    }
  }
}
