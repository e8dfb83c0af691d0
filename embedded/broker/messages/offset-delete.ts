import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface OffsetDeleteRequest {
  readonly groupId: string
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[]
}

export interface OffsetDeleteResponse {
  readonly error: ErrorName
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly index: number; readonly error: ErrorName }[]
  }[]
}

/** Forgets how far a group has read in some partitions. */
export const offsetDelete: Message<OffsetDeleteRequest, OffsetDeleteResponse> = {
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  flexibleFrom: null,
  decode: (reader) => ({
    groupId: reader.string(),
    topics: reader.structs((r) => ({ name: r.string(), partitions: r.structs((p) => p.int32()) })),
  }),
  encode(writer, _version, { error, topics }) {
    writer.int16(errorCode(error)).int32(0)
    writer.structs(topics, (w, topic) =>
      w.string(topic.name).structs(topic.partitions, (x, p) => x.int32(p.index).int16(errorCode(p.error))),
    )
  },
}
