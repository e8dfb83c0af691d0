import { LogError } from '../errors.ts'
import type { ConsumerHandlers, ConsumerOptions, LogConfig, LogConsumer } from '../log.ts'
import { patiently, toLogError } from './map-error.ts'
import { Fetcher } from './fetcher.ts'
import { Group } from './group.ts'
import { Keeper } from './keeper.ts'
import { Member } from './member.ts'
import { Nodes } from './nodes.ts'

const MB = 1024 * 1024
const REBALANCE_TIMEOUT_MS = 60_000
const LEAVE_WITHIN_MS = 2_000
const STOP_WITHIN_MS = 10_000

/**
 * Opens a member of a consumer group on one topic. Resolves when the brokers answered and the topic is there; the join of the
 * group follows, so `onAssigned` is only ever called when the caller has its `LogConsumer`.
 * Errors: TOPIC_UNKNOWN, LOG_UNREACHABLE, LOG_NOT_AUTHORIZED, LOG_CONFIG, LOG_REFUSED; later ones go to `onCrash`.
 */
export async function openConsumer(
  config: LogConfig,
  options: ConsumerOptions,
  handlers: ConsumerHandlers,
): Promise<LogConsumer> {
  const {
    topic,
    groupId,
    maxBytesPerPartition = 4 * MB,
    sessionTimeoutMs = 30_000,
    maxWaitMs = 500,
    mayGather = () => false,
  } = options
  const heartbeatIntervalMs = Math.max(100, Math.min(3_000, Math.floor(sessionTimeoutMs / 5)))
  const log = (line: string): void => config.log?.(`kafka ${groupId}: ${line}`, 'warn')
  const nodes = new Nodes(config)
  let over = false
  let partitions = 0

  const told: ConsumerHandlers = {
    ...handlers,
    onFetched(fetched) {
      try {
        handlers.onFetched(fetched)
      } catch (error) {
        die(
          error instanceof LogError
            ? error
            : new LogError('LOG_HANDLER', `onFetched: ${String(error)}`, error),
        )
      }
    },
  }
  const member: Member = new Member({ topic, sessionTimeoutMs, maxWaitMs }, told, {
    heartbeatNow: () => keeper.heartbeatNow(),
    allowBytes: (bytes) => fetcher.allowBytes(bytes),
    wake: () => fetcher.wake(),
  })
  const die = (error: LogError): void => {
    if (over) return
    end()
    void keeper.stop(LEAVE_WITHIN_MS).finally(() => nodes.close())
    handlers.onCrash(error)
  }
  const fetcher: Fetcher = new Fetcher(nodes, member, {
    topic,
    maxBytesPerPartition,
    mayGather,
    log,
    counted: (count) => {
      if (count > partitions && partitions > 0) keeper.topicGrew()
      partitions = Math.max(partitions, count)
    },
    replaced: () => member.anotherLog(),
    died: die,
  })
  const group = new Group(nodes, {
    topic,
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
  })
  const keeper: Keeper = new Keeper(group, member, {
    doing: `consuming ${topic} in group ${groupId}`,
    heartbeatIntervalMs,
    partitionsOf: (wanted) => fetcher.partitionsOf(wanted),
    died: die,
    log,
  })
  const end = (): void => {
    over = true
    member.close()
    fetcher.stop()
  }

  try {
    await patiently(`opening topic ${topic} at ${config.brokers.join(', ')}`, () => fetcher.open())
  } catch (error) {
    nodes.close()
    throw error
  }
  fetcher.start()
  keeper.start()

  const mustBeOpen = (): void => {
    if (over) throw new LogError('LOG_CLOSED', `the consumer of ${topic} was stopped`)
  }

  return {
    pause: (partition) => member.pause(partition),
    resume: (partition) => member.resume(partition),
    seek: (partition, offset) => member.seek(partition, offset),
    isOwner: (partition) => member.isOwner(partition),
    waitForHeartbeat: () => member.waitForHeartbeat(),
    lastActivityMs: () => ({ fetch: member.fetchAtMs, heartbeat: member.heartbeatAtMs }),
    async commit(offsets) {
      if (offsets.size === 0) return
      mustBeOpen()
      try {
        await group.commit(offsets)
      } catch (error) {
        throw toLogError(error, `committing offsets of ${topic} to ${groupId}`)
      }
    },
    async committed(wanted) {
      return patiently(`reading the offsets ${groupId} committed for ${topic}`, () => {
        mustBeOpen()
        return group.committed(wanted)
      })
    },
    async stop() {
      if (over) return
      end()
      await within(STOP_WITHIN_MS, keeper.stop(LEAVE_WITHIN_MS))
      nodes.close()
    },
  }
}

/** A hanging broker must not hang the end of a process. */
async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([done, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
}
