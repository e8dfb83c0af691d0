import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

export interface ProduceRequest {
  readonly transactionalId: string | null
  /** 0 = no response, 1 and -1 = after the write. */
  readonly acks: number
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly index: number; readonly records: Buffer | null }[]
  }[]
}

export interface ProducedPartition {
  readonly index: number
  readonly error: ErrorName
  /** -1 when nothing was written. */
  readonly baseOffset: number
  /** ms; -1 when the topic keeps the producer's times. */
  readonly appendTimeMs: number
  readonly logStart: number
}

export interface ProduceResponse {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly ProducedPartition[] }[]
}

/**
 * Appends record batches. Versions 0 to 2 carry older message formats, which are refused one by one with an error; they are
 * advertised because clients deduce from them what else a broker can do.
 */
export const produce: Message<ProduceRequest, ProduceResponse> = {
  key: 0,
  name: 'Produce',
  versions: [0, 7],
  decode(reader, version) {
    const transactionalId = version >= 3 ? reader.nullableString() : null
    const acks = reader.int16()
    reader.int32() // timeout: the write is local and is waited for
    const topics = reader.array((r) => ({
      name: r.string(),
      partitions: r.array((p) => ({ index: p.int32(), records: p.nullableBytes() })),
    }))
    return { transactionalId, acks, topics }
  },
  encode(writer, version, { topics }) {
    writer.array(topics, (w, topic) =>
      w.string(topic.name).array(topic.partitions, (x, partition) => {
        x.int32(partition.index).int16(errorCode(partition.error)).int64(partition.baseOffset)
        if (version >= 2) x.int64(partition.appendTimeMs)
        if (version >= 5) x.int64(partition.logStart)
      }),
    )
    if (version >= 1) writer.int32(0)
  },
}
