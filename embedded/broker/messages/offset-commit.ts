import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface OffsetCommitRequest {
  readonly groupId: string
  /** -1 = from outside the group's generations. */
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly index: number
      readonly offset: number
      readonly leaderEpoch: number
      readonly metadata: string | null
    }[]
  }[]
}

export interface OffsetCommitResponse {
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly index: number; readonly error: ErrorName }[]
  }[]
}

/** Notes how far a group has read. */
export const offsetCommit: Message<OffsetCommitRequest, OffsetCommitResponse> = {
  key: 8,
  name: 'OffsetCommit',
  versions: [0, 9],
  flexibleFrom: 8,
  decode(reader, version) {
    const groupId = reader.string()
    const generation = version >= 1 ? reader.int32() : -1
    const memberId = version >= 1 ? reader.string() : ''
    const instanceId = version >= 7 ? reader.nullableString() : null
    if (version >= 2 && version <= 4) reader.int64() // retention: committed offsets are kept
    const topics = reader.structs((r) => ({
      name: r.string(),
      partitions: r.structs((p) => {
        const index = p.int32()
        const offset = p.int64()
        const leaderEpoch = version >= 6 ? p.int32() : -1
        if (version === 1) p.int64() // commit time
        return { index, offset, leaderEpoch, metadata: p.nullableString() }
      }),
    }))
    return { groupId, generation, memberId, instanceId, topics }
  },
  encode(writer, version, { topics }) {
    if (version >= 3) writer.int32(0)
    writer.structs(topics, (w, topic) =>
      w.string(topic.name).structs(topic.partitions, (x, p) => x.int32(p.index).int16(errorCode(p.error))),
    )
  },
}
