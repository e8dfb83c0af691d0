import { BrokerError, errorNameOf } from '../errors.ts'
import type { ProducedPartition, ProduceRequest, ProduceResponse } from '../messages/produce.ts'
import { checkProduced } from '../record-batch.ts'
import type { Topics } from '../storage/topics.ts'

/**
 * Checks and appends. Every append enters its partition's queue before this function first waits, so requests of one
 * connection land in the order in which they came.
 */
export async function produce(topics: Topics, request: ProduceRequest): Promise<ProduceResponse> {
  const refusal = refusalOf(request)
  const appended = request.topics.map(async ({ name, partitions }) => ({
    name,
    partitions: await Promise.all(partitions.map(({ index, records }) => append(topics, name, index, records, refusal))),
  }))
  return { topics: await Promise.all(appended) }
}

function refusalOf({ acks, transactionalId }: ProduceRequest): BrokerError | null {
  if (acks < -1 || acks > 1) return new BrokerError('INVALID_REQUIRED_ACKS')
  return transactionalId === null ? null : new BrokerError('INVALID_REQUEST', 'transactions are not supported')
}

async function append(
  topics: Topics,
  name: string,
  index: number,
  records: Buffer | null,
  refusal: BrokerError | null,
): Promise<ProducedPartition> {
  try {
    if (refusal !== null) throw refusal
    const log = topics.partition(name, index)
    if (records === null) throw new BrokerError('INVALID_RECORD', 'no records')
    const header = checkProduced(records, topics.get(name)!.maxMessageBytes)
    const { baseOffset, appendTimeMs } = await log.append(records, header)
    return { index, error: 'NONE', baseOffset, appendTimeMs, logStart: log.startOffset }
  } catch (thrown) {
    if (!(thrown instanceof BrokerError)) throw thrown
    return { index, error: errorNameOf(thrown), baseOffset: -1, appendTimeMs: -1, logStart: -1 }
  }
}
