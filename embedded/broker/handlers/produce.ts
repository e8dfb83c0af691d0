import { BrokerError, errorNameOf, MalformedRequest } from '../protocol/errors.ts'
import type { TopicRef } from '../messages/metadata.ts'
import type { ProducedPartition, ProduceRequest, ProduceResponse } from '../messages/produce.ts'
import { checkProduced } from '../protocol/record-batch.ts'
import { checkRecords, MAX_INFLATED_BYTES, type InflateBudget } from '../protocol/record-check.ts'
import type { Topic, Topics } from '../storage/topics.ts'
import { missingOf, topicOf } from './topic-ref.ts'

/**
 * Checks and appends. Every append enters its partition's queue before this function first waits, so requests of one
 * connection land in the order in which they came.
 */
export async function produce(topics: Topics, request: ProduceRequest): Promise<ProduceResponse> {
  const refusal = refusalOf(request)
  const budget: InflateBudget = { leftBytes: MAX_INFLATED_BYTES }
  const appended = request.topics.map(async ({ topic: ref, partitions }) => {
    const topic = topicOf(topics, ref)
    return {
      topic: ref,
      partitions: await Promise.all(
        partitions.map(({ index, records }) => append(topic, ref, index, records, refusal, budget)),
      ),
    }
  })
  return { topics: await Promise.all(appended) }
}

/** A producer that asks for no answer hears of a failure by the end of its connection, as with Apache Kafka: throws then. */
export function wantsAnswer({ acks }: ProduceRequest, { topics }: ProduceResponse): boolean {
  if (acks !== 0) return true
  const failed = topics.flatMap(({ partitions }) => partitions).find(({ error }) => error !== 'NONE')
  if (failed !== undefined)
    throw new MalformedRequest(`acks 0, and not written: ${failed.error}, ${failed.message}`)
  return false
}

function refusalOf({ acks, transactionalId }: ProduceRequest): BrokerError | null {
  if (acks < -1 || acks > 1) return new BrokerError('INVALID_REQUIRED_ACKS')
  return transactionalId === null ? null : new BrokerError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
}

async function append(
  topic: Topic | undefined,
  ref: TopicRef,
  index: number,
  records: Buffer | null,
  refusal: BrokerError | null,
  budget: InflateBudget,
): Promise<ProducedPartition> {
  try {
    if (refusal !== null) throw refusal
    const log = topic?.partitions[index]
    if (topic === undefined || log === undefined) throw new BrokerError(missingOf(topic, ref))
    if (records === null) throw new BrokerError('INVALID_RECORD', 'no records')
    const header = checkProduced(records, topic.maxMessageBytes)
    const { oldestMs, youngestMs } = checkRecords(records, header, budget)
    checkTimes(topic, oldestMs, youngestMs)
    const { baseOffset, appendTimeMs } = await log.append(records, header, youngestMs)
    return { index, error: 'NONE', message: null, baseOffset, appendTimeMs, logStart: log.startOffset }
  } catch (thrown) {
    if (!(thrown instanceof BrokerError)) throw thrown
    return {
      index,
      error: errorNameOf(thrown),
      message: thrown.message,
      baseOffset: -1,
      appendTimeMs: -1,
      logStart: -1,
    }
  }
}

function checkTimes({ timeLimits }: Topic, oldestMs: number, youngestMs: number): void {
  if (timeLimits === null) return
  const nowMs = Date.now()
  if (oldestMs !== -1 && nowMs - oldestMs > timeLimits.beforeMs) {
    throw new BrokerError(
      'INVALID_TIMESTAMP',
      `a record of time ${oldestMs}; the topic takes ${timeLimits.beforeMs} ms before now`,
    )
  }
  if (youngestMs - nowMs > timeLimits.afterMs) {
    throw new BrokerError(
      'INVALID_TIMESTAMP',
      `a record of time ${youngestMs}; the topic takes ${timeLimits.afterMs} ms after now`,
    )
  }
}
