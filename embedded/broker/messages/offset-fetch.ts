import type { Reader, Writer } from '../protocol/codec.ts'
import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface AskedOffsets {
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

export interface OffsetsOfGroup {
  readonly groupId: string
  readonly error: ErrorName
  readonly topics: readonly { readonly name: string; readonly partitions: readonly FetchedOffset[] }[]
}

/** How far groups have read: since version 8 several in one request. */
export const offsetFetch: Message<
  { readonly groups: readonly AskedOffsets[] },
  { readonly groups: readonly OffsetsOfGroup[] }
> = {
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 9],
  flexibleFrom: 6,
  decode(reader, version) {
    const topics = (r: Reader): AskedOffsets['topics'] =>
      r.nullableStructs((t) => ({ name: t.string(), partitions: t.array((p) => p.int32()) }))
    if (version < 8) return { groups: [{ groupId: reader.string(), topics: topics(reader) }] }
    return {
      groups: reader.structs((r) => {
        const groupId = r.string()
        if (version >= 9) {
          r.nullableString() // member and epoch of the newer group protocol
          r.int32()
        }
        return { groupId, topics: topics(r) }
      }),
    }
  },
  encode(writer, version, { groups }) {
    if (version >= 3) writer.int32(0)
    const offsets = (w: Writer, { topics, error }: OffsetsOfGroup): void => {
      w.structs(topics, (x, topic) =>
        x.string(topic.name).structs(topic.partitions, (y, p) => {
          y.int32(p.index).int64(p.offset)
          if (version >= 5) y.int32(p.leaderEpoch)
          y.nullableString(p.metadata).int16(errorCode(error))
        }),
      )
      if (version >= 2) w.int16(errorCode(error))
    }
    if (version < 8) offsets(writer, groups[0]!)
    else writer.structs(groups, (w, group) => offsets(w.string(group.groupId), group))
  },
}
