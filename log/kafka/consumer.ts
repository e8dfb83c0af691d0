import { LogError } from '../errors.ts'
import type { ConsumerHandlers, ConsumerOptions, LogConfig, LogConsumer } from '../log.ts'
import { stickyAssigner } from './assigner.ts'
import { openClient } from './client.ts'
import { patiently, toLogError } from './fault.ts'
import { Member } from './member.ts'
import type { Haul } from './response.ts'

const MB = 1024 * 1024
const STOP_WITHIN_MS = 10_000

/**
 * Opens a member of a consumer group on one topic. Resolves when the brokers answered and the topic is there; the join of the
 * group follows, so `onAssigned` is only ever called when the caller has its `LogConsumer`.
 * Errors: TOPIC_UNKNOWN, LOG_UNREACHABLE, LOG_NOT_AUTHORIZED, LOG_CONFIG, LOG_REFUSED; later ones go to `onCrash`.
 */
export async function openConsumer(config: LogConfig, options: ConsumerOptions, handlers: ConsumerHandlers): Promise<LogConsumer> {
  const { topic, groupId, maxBytesPerPartition = 4 * MB, sessionTimeoutMs = 30_000, maxWaitMs = 500 } = options
  const heartbeatIntervalMs = Math.max(100, Math.min(3_000, Math.floor(sessionTimeoutMs / 5)))
  const member = new Member({ topic, sessionTimeoutMs, heartbeatIntervalMs, maxWaitMs }, handlers)
  const consumer = openClient(config).consumer({
    groupId,
    partitionAssigners: [stickyAssigner(member, () => member.holding())],
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
    maxBytesPerPartition,
    maxBytes: Math.max(16 * MB, maxBytesPerPartition),
    maxWaitTimeInMs: maxWaitMs,
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
  })
  let over = false

  const die = (error: LogError): void => {
    if (over) return
    over = true
    member.close()
    void consumer.disconnect().catch(() => undefined)
    handlers.onCrash(error)
  }

  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
  } catch (error) {
    await consumer.disconnect().catch(() => undefined)
    throw toLogError(error, `opening topic ${topic} at ${config.brokers.join(', ')}`)
  }
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    member.missedBeat()
    if (!payload.restart) die(toLogError(payload.error, `consuming ${topic} in group ${groupId}`))
  })
  const run = consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    async eachBatch({ batch }) {
      const carrier = batch.messages[0] as unknown as { haul: Haul } | undefined
      const { fetchedOffset } = batch as unknown as { fetchedOffset: string }
      if (carrier === undefined) return
      try {
        member.deliver(batch.partition, Number(fetchedOffset), carrier.haul)
      } catch (error) {
        die(error instanceof LogError ? error : new LogError('LOG_HANDLER', `onFetched: ${String(error)}`, error))
      }
    },
  })
  run.catch((error: unknown) => die(toLogError(error, `consuming ${topic} in group ${groupId}`)))

  /** The group as it is now; there is none before the join begins. */
  const group = (): NonNullable<typeof member.group> => {
    if (over) throw new LogError('LOG_CLOSED', `the consumer of ${topic} was stopped`)
    if (member.group === null) throw new LogError('LOG_REBALANCING', `the consumer of ${topic} has not joined ${groupId} yet`)
    return member.group
  }

  return {
    pause: partition => member.pause(partition),
    resume: partition => member.resume(partition),
    seek: (partition, offset) => member.seek(partition, offset),
    isOwner: partition => member.isOwner(partition),
    waitForHeartbeat: () => member.waitForHeartbeat(),
    lastActivityMs: () => ({ fetch: member.fetchAtMs, heartbeat: member.heartbeatAtMs }),
    async commit(offsets) {
      if (offsets.size === 0) return
      try {
        await group().commit(offsets)
      } catch (error) {
        throw toLogError(error, `committing offsets of ${topic} to ${groupId}`)
      }
    },
    async committed(partitions) {
      return patiently(`reading the offsets ${groupId} committed for ${topic}`, () => group().committed(partitions))
    },
    async stop() {
      over = true
      member.close()
      await within(STOP_WITHIN_MS, consumer.disconnect().catch(() => undefined))
    },
  }
}

/** A hanging broker must not hang the end of a process. */
async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([done, new Promise<void>(resolve => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
}
