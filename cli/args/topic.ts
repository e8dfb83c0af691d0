/** The topic that a command sends to, and what to say where the log fails. */
import { LogError } from '../../log/errors.ts'
import type { LogAdmin } from '../../log/log.ts'
import { outlast } from '../../log/patience.ts'
import { CommandError } from './exit.ts'

/** Number of partitions of a topic, which is made where there is none. */
export async function ensureTopic(admin: LogAdmin, topic: string, partitions: number): Promise<number> {
  const patience = { withinMs: 45_000, topicIsThere: true, say: (line: string) => errorText(line) }
  const there = await admin.partitions(topic)
  if (there !== null) return there
  await outlast(() => admin.createTopic(topic, partitions), patience)
  return (await outlast(() => admin.partitions(topic), patience)) ?? partitions
}

/** A fault of the log as the one sentence a user can act on; anything else as it is. */
export function explainLog(error: unknown, brokers: readonly string[]): unknown {
  if (!(error instanceof LogError)) return error
  return new CommandError(
    `${error.message} (Kafka at ${brokers.join(',')})${error.retry ? '. Is it running? Try again, or say --kafka HOST:PORT.' : ''}`,
  )
}

export const errorText = (line: string): void => void process.stderr.write(`tidemark: ${line}\n`)
