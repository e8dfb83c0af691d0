import type { ProducerRecord } from '../../log/log.ts'
import type { SimulatedRecord, SourceName } from './events.ts'
import type { createSender } from './send.ts'
import type { Simulation } from './simulation.ts'
import type { Ledger } from './truth.ts'

export interface ProduceOptions {
  simulation: Simulation
  ledger: Ledger
  send: ReturnType<typeof createSender>
  topics: ReadonlyMap<SourceName, { topic: string; partitions: number }>
  /** Java's murmur2 of the key. */
  partitionFor: (key: Buffer, partitions: number) => number
  stopped: () => boolean
  onProgress?: (records: number) => void
}

/**
 * Makes and sends the records of every batch of times, and notes what was acknowledged. Stops after the batch in hand.
 * Throws the LogError of a batch that cannot be sent; the ledger then holds everything before it.
 */
export async function produce(
  schedule: Iterable<number[]> | AsyncIterable<number[]>,
  options: ProduceOptions,
): Promise<void> {
  const { simulation, ledger, send, topics, partitionFor, stopped, onProgress } = options
  for await (const times of schedule) {
    const batches = new Map<SourceName, { record: SimulatedRecord; partition: number }[]>()
    for (const timeMs of times) {
      const record = simulation.next(timeMs)
      const partition = partitionFor(Buffer.from(record.key), topics.get(record.source)!.partitions)
      const batch = batches.get(record.source)
      if (batch) batch.push({ record, partition })
      else batches.set(record.source, [{ record, partition }])
    }
    for (const [source, batch] of batches) {
      const records = batch.map(
        ({ record: { key, value }, partition }): ProducerRecord => ({ key, value, partition }),
      )
      const sent = await send(topics.get(source)!.topic, records)
      if (sent.unsure) ledger.truth.unsure += records.length
      if (sent.acknowledged) for (const { record, partition } of batch) ledger.add(record, partition)
      onProgress?.(records.length)
    }
    if (stopped()) return
  }
}
