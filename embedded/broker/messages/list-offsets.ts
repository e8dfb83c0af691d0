import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

/** The time that stands for "the end of the log" in a request. */
export const LATEST = -1
/** The time that stands for "the oldest record kept" in a request. */
export const EARLIEST = -2

export interface ListOffsetsRequest {
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly index: number; readonly timestampMs: number }[]
  }[]
}

export interface ListedPartition {
  readonly index: number
  readonly error: ErrorName
  /** -1 for earliest and latest, and when no record is that young. */
  readonly timestampMs: number
  readonly offset: number
}

export interface ListOffsetsResponse {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly ListedPartition[] }[]
}

/** The first offset, the next offset, or the first record at or after a time. */
export const listOffsets: Message<ListOffsetsRequest, ListOffsetsResponse> = {
  key: 2,
  name: 'ListOffsets',
  versions: [1, 5],
  decode(reader, version) {
    reader.int32() // replica id
    if (version >= 2) reader.int8() // isolation level
    const topics = reader.array((r) => ({
      name: r.string(),
      partitions: r.array((p) => {
        const index = p.int32()
        if (version >= 4) p.int32() // leader epoch
        return { index, timestampMs: p.int64() }
      }),
    }))
    return { topics }
  },
  encode(writer, version, { topics }) {
    if (version >= 2) writer.int32(0)
    writer.array(topics, (w, topic) =>
      w.string(topic.name).array(topic.partitions, (x, partition) => {
        x.int32(partition.index).int16(errorCode(partition.error)).int64(partition.timestampMs).int64(partition.offset)
        if (version >= 4) x.int32(partition.error === 'NONE' ? 0 : -1)
      }),
    )
  },
}
