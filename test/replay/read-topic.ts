import { openAdmin, openConsumer } from '../../log/kafka.ts'
import { openBatch } from '../../log/walk.ts'

export interface ReadRecord {
  partition: number
  offset: number
  timestampMs: number
  key: string | null
  value: Buffer | null
  via: string | null
}

/** Every record of a topic, by partition and offset, up to where its partitions end now. */
export async function readTopic(address: string, topic: string): Promise<ReadRecord[]> {
  const config = { brokers: [address], clientId: 'tidemark-test' }
  const admin = await openAdmin(config)
  const ranges = await admin.ranges(topic).finally(() => admin.close())
  const records: ReadRecord[] = []
  const next = new Map([...ranges].map(([partition, { start }]) => [partition, start]))
  const isDone = () => [...ranges].every(([partition, { end }]) => next.get(partition)! >= end)
  if (isDone()) return []
  let done = () => {}
  let failed = (_error: Error) => {}
  const finished = new Promise<void>((resolve, reject) => ([done, failed] = [resolve, reject]))
  const consumer = await openConsumer(
    config,
    { topic, groupId: `read-${topic}-${Date.now()}` },
    {
      onAssigned: async (partitions) =>
        new Map(partitions.map((partition) => [partition, next.get(partition)!])),
      onRevoked: async () => {},
      onCrash: failed,
      onFetched: ({ partition, batches }) => {
        for (const batch of batches) {
          const cursor = openBatch(batch.bytes)
          while (!batch.control && !batch.aborted && cursor.next()) {
            if (cursor.offset < next.get(partition)!) continue
            const value = cursor.value()
            records.push({
              partition,
              offset: cursor.offset,
              timestampMs: cursor.timestampMs,
              key: cursor.key()?.toString() ?? null,
              value: value && Buffer.from(value),
              via: cursor.header('via'),
            })
          }
          next.set(partition, Math.max(next.get(partition)!, batch.lastOffset + 1))
        }
        if (isDone()) done()
      },
    },
  )
  try {
    await finished
  } finally {
    await consumer.stop()
  }
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
}
