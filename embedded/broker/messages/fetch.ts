import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'
import type { TopicRef } from './metadata.ts'

export interface FetchPartition {
  readonly index: number
  readonly offset: number
  readonly maxBytes: number
}

export interface FetchRequest {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly topics: readonly { readonly topic: TopicRef; readonly partitions: readonly FetchPartition[] }[]
}

export interface FetchedPartition {
  readonly index: number
  readonly error: ErrorName
  /** End of the log; with one replica it is the high watermark and the last stable offset too. */
  readonly logEnd: number
  readonly logStart: number
  readonly records: Buffer
}

export interface FetchResponse {
  readonly topics: readonly { readonly topic: TopicRef; readonly partitions: readonly FetchedPartition[] }[]
}

/** Reads whole record batches, waiting for news. Fetch sessions are declined (session id 0), so every request is complete in itself. */
export const fetch: Message<FetchRequest, FetchResponse> = {
  key: 1,
  name: 'Fetch',
  versions: [4, 17],
  flexibleFrom: 12,
  decode(reader, version) {
    if (version <= 14) reader.int32() // replica id: there are no followers
    const maxWaitMs = reader.int32()
    const minBytes = reader.int32()
    const maxBytes = reader.int32()
    reader.int8() // isolation level: nothing is ever uncommitted
    if (version >= 7) {
      reader.int32() // session id
      reader.int32() // session epoch
    }
    const topics = reader.structs((r) => ({
      topic: version >= 13 ? { id: r.uuid() } : { name: r.string() },
      partitions: r.structs((p) => {
        const index = p.int32()
        if (version >= 9) p.int32() // leader epoch: always 0
        const offset = p.int64()
        if (version >= 12) p.int32() // epoch of the last record read
        if (version >= 5) p.int64() // the follower's log start
        return { index, offset, maxBytes: p.int32() }
      }),
    }))
    // What follows (forgotten topics of a session, the client's rack) has no bearing here.
    return { maxWaitMs, minBytes, maxBytes, topics }
  },
  encode(writer, version, { topics }) {
    writer.int32(0)
    if (version >= 7) writer.int16(0).int32(0)
    writer.structs(topics, (w, { topic, partitions }) => {
      if ('id' in topic) w.uuid(topic.id)
      else w.string(topic.name)
      w.structs(partitions, (x, partition) => {
        x.int32(partition.index)
          .int16(errorCode(partition.error))
          .int64(partition.logEnd)
          .int64(partition.logEnd)
        if (version >= 5) x.int64(partition.logStart)
        x.count(0) // aborted transactions: none
        if (version >= 11) x.int32(-1)
        x.bytes(partition.records)
      })
    })
  },
}
