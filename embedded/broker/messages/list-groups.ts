import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

export interface ListGroupsResponse {
  readonly error: ErrorName
  readonly groups: readonly { readonly id: string; readonly protocolType: string }[]
}

/** Every group that has members or committed offsets. */
export const listGroups: Message<Record<never, never>, ListGroupsResponse> = {
  key: 16,
  name: 'ListGroups',
  versions: [0, 2],
  decode: () => ({}),
  encode(writer, version, { error, groups }) {
    if (version >= 1) writer.int32(0)
    writer.int16(errorCode(error)).array(groups, (w, group) => w.string(group.id).string(group.protocolType))
  },
}
