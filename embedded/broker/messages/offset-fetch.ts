import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

export interface OffsetFetchRequest {
  readonly groupId: string
  /** null = every partition the group ever committed. */
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[] | null
}

export interface FetchedOffset {
  readonly index: number
  /** -1 = nothing committed. */
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface OffsetFetchResponse {
  readonly error: ErrorName
  readonly topics: readonly { readonly name: string; readonly partitions: readonly FetchedOffset[] }[]
}

/** How far a group has read. */
export const offsetFetch: Message<OffsetFetchRequest, OffsetFetchResponse> = {
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 5],
  decode(reader) {
    const groupId = reader.string()
    const topics = reader.nullableArray((r) => ({ name: r.string(), partitions: r.array((p) => p.int32()) }))
    return { groupId, topics }
  },
  encode(writer, version, { error, topics }) {
    if (version >= 3) writer.int32(0)
    writer.array(topics, (w, topic) =>
      w.string(topic.name).array(topic.partitions, (x, p) => {
        x.int32(p.index).int64(p.offset)
        if (version >= 5) x.int32(p.leaderEpoch)
        x.nullableString(p.metadata).int16(errorCode(error))
      }),
    )
    if (version >= 2) writer.int16(errorCode(error))
  },
}
