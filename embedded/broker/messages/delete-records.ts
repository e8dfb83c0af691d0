import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface DeleteRecordsRequest {
  readonly topics: readonly {
    readonly name: string
    /** Everything below `offset` goes; -1 = everything there is. */
    readonly partitions: readonly { readonly index: number; readonly offset: number }[]
  }[]
}

export interface DeleteRecordsResponse {
  readonly topics: readonly {
    readonly name: string
    /** `logStart`: the first offset that is left; -1 beside an error. */
    readonly partitions: readonly {
      readonly index: number
      readonly error: ErrorName
      readonly logStart: number
    }[]
  }[]
}

/** Moves the beginning of a log: what lies below is no longer given to anybody. */
export const deleteRecords: Message<DeleteRecordsRequest, DeleteRecordsResponse> = {
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexibleFrom: 2,
  decode: (reader) => ({
    topics: reader.structs((r) => ({
      name: r.string(),
      partitions: r.structs((p) => ({ index: p.int32(), offset: p.int64() })),
    })),
  }),
  encode(writer, _version, { topics }) {
    writer
      .int32(0)
      .structs(topics, (w, topic) =>
        w
          .string(topic.name)
          .structs(topic.partitions, (x, p) => x.int32(p.index).int64(p.logStart).int16(errorCode(p.error))),
      )
  },
}
