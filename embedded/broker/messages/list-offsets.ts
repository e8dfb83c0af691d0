import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

/** The time that stands for "the end of the log" in a request. */
export const LATEST = -1
/** The time that stands for "the oldest record kept" in a request. */
export const EARLIEST = -2
/** The time that stands for "the record of the youngest time" in a request. */
export const YOUNGEST = -3
/** The time that stands for "the oldest record on this machine": there is no other place. */
export const EARLIEST_LOCAL = -4
/** The time that stands for "the last record moved to remote storage": there is none. */
export const LATEST_REMOTE = -5

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
  versions: [1, 10],
  flexibleFrom: 6,
  decode(reader, version) {
    reader.int32() // replica id
    if (version >= 2) reader.int8() // isolation level
    const topics = reader.structs((r) => ({
      name: r.string(),
      partitions: r.structs((p) => {
        const index = p.int32()
        if (version >= 4) p.int32() // leader epoch
        return { index, timestampMs: p.int64() }
      }),
    }))
    return { topics }
  },
  encode(writer, version, { topics }) {
    if (version >= 2) writer.int32(0)
    writer.structs(topics, (w, topic) =>
      w.string(topic.name).structs(topic.partitions, (x, partition) => {
        x.int32(partition.index)
          .int16(errorCode(partition.error))
          .int64(partition.timestampMs)
          .int64(partition.offset)
        if (version >= 4) x.int32(partition.error === 'NONE' && partition.offset >= 0 ? 0 : -1)
      }),
    )
  },
}
