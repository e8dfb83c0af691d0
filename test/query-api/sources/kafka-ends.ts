/** A Kafka that only says where its topics end, and the ends of the log as a server learns them from it. */
import { afterEach } from 'vitest'
import { watchLogEnds, type KafkaEnds, type LogEnds } from '../../../query-api/sources/log-ends.ts'

/** Closed after each test; one that cannot be is taken out. */
export const opened: LogEnds[] = []
afterEach(async () => {
  for (const ends of opened.splice(0)) await ends.close()
})
/** `ends`: of the partitions of every topic, as they are when it is asked. */
export function watching(ends: () => readonly number[] | Promise<never>, everyMs = 20): LogEnds {
  const kafka: KafkaEnds = {
    logEnds: async (topics) => {
      const found = await ends()
      return new Map(topics.map((topic) => [topic, new Map(found.entries())]))
    },
    close: async () => {},
  }
  const watched = watchLogEnds({ open: async () => kafka, now: Date.now, log: () => {}, everyMs })
  opened.push(watched)
  return watched
}
