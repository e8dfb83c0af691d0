import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

export interface DeleteTopicsResponse {
  readonly topics: readonly { readonly name: string; readonly error: ErrorName }[]
}

/** Removes topics and their records. */
export const deleteTopics: Message<{ readonly names: readonly string[] }, DeleteTopicsResponse> = {
  key: 20,
  name: 'DeleteTopics',
  versions: [0, 3],
  decode: (reader) => ({ names: reader.array((r) => r.string()) }),
  encode(writer, version, { topics }) {
    if (version >= 1) writer.int32(0)
    writer.array(topics, (w, topic) => w.string(topic.name).int16(errorCode(topic.error)))
  },
}
