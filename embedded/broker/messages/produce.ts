import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'
import type { TopicRef } from './metadata.ts'

export interface ProduceRequest {
  readonly transactionalId: string | null
  /** 0 = no response, 1 and -1 = after the write. */
  readonly acks: number
  readonly topics: readonly {
    readonly topic: TopicRef
    readonly partitions: readonly { readonly index: number; readonly records: Buffer | null }[]
  }[]
}

export interface ProducedPartition {
  readonly index: number
  readonly error: ErrorName
  /** What is wrong with the batch, in a sentence. */
  readonly message: string | null
  /** -1 when nothing was written. */
  readonly baseOffset: number
  /** ms; -1 when the topic keeps the producer's times. */
  readonly appendTimeMs: number
  readonly logStart: number
}

export interface ProduceResponse {
  readonly topics: readonly { readonly topic: TopicRef; readonly partitions: readonly ProducedPartition[] }[]
}

/**
 * Appends record batches. Versions 0 to 2 carry older message formats, which are refused one by one with an error; they are
 * advertised because clients deduce from them what else a broker can do.
 */
export const produce: Message<ProduceRequest, ProduceResponse> = {
  key: 0,
  name: 'Produce',
  versions: [0, 13],
  flexibleFrom: 9,
  decode(reader, version) {
    const transactionalId = version >= 3 ? reader.nullableString() : null
    const acks = reader.int16()
    reader.int32() // timeout: the write is local and is waited for
    const topics = reader.structs((r) => ({
      topic: version >= 13 ? { id: r.uuid() } : { name: r.string() },
      partitions: r.structs((p) => ({ index: p.int32(), records: p.nullableBytes() })),
    }))
    return { transactionalId, acks, topics }
  },
  encode(writer, version, { topics }) {
    writer.structs(topics, (w, { topic, partitions }) => {
      if ('id' in topic) w.uuid(topic.id)
      else w.string(topic.name)
      w.structs(partitions, (x, partition) => {
        x.int32(partition.index).int16(errorCode(partition.error)).int64(partition.baseOffset)
        if (version >= 2) x.int64(partition.appendTimeMs)
        if (version >= 5) x.int64(partition.logStart)
        if (version >= 8) x.count(0).nullableString(partition.message)
      })
    })
    if (version >= 1) writer.int32(0)
  },
}
