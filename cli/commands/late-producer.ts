/** A producer that connects with its first event, and anew after a failure: whoever holds it may start before Kafka does. */
import { LogError } from '../../log/errors.ts'
import { openProducer } from '../../log/kafka.ts'
import type { LogConfig, LogProducer } from '../../log/log.ts'

export function lateProducer(config: LogConfig): LogProducer {
  let opening: Promise<LogProducer> | null = null
  let isClosed = false
  const producer = (): Promise<LogProducer> => {
    if (isClosed) return Promise.reject(new LogError('LOG_CLOSED', 'the producer of this process was closed'))
    if (opening === null) {
      opening = openProducer(config)
      opening.catch(() => (opening = null))
    }
    return opening
  }
  return {
    send: async (topic, records) => (await producer()).send(topic, records),
    close: async () => {
      isClosed = true
      await opening?.then(
        (opened) => opened.close(),
        () => undefined,
      )
    },
  }
}
