import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface DeleteGroupsResponse {
  readonly groups: readonly { readonly id: string; readonly error: ErrorName }[]
}

/** Forgets groups that nobody is in: their committed offsets go. */
export const deleteGroups: Message<{ readonly ids: readonly string[] }, DeleteGroupsResponse> = {
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleFrom: 2,
  decode: (reader) => ({ ids: reader.array((r) => r.string()) }),
  encode(writer, _version, { groups }) {
    writer.int32(0).structs(groups, (w, group) => w.string(group.id).int16(errorCode(group.error)))
  },
}
