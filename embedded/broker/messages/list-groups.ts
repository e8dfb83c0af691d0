import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface ListGroupsRequest {
  /** Empty = any. */
  readonly states: readonly string[]
  readonly types: readonly string[]
}

export interface ListGroupsResponse {
  readonly error: ErrorName
  readonly groups: readonly { readonly id: string; readonly protocolType: string; readonly state: string }[]
}

/** Groups of the protocol that is spoken here. */
export const GROUP_TYPE = 'classic'

/** Every group that has members or committed offsets. */
export const listGroups: Message<ListGroupsRequest, ListGroupsResponse> = {
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleFrom: 3,
  decode: (reader, version) => ({
    states: version >= 4 ? reader.array((r) => r.string()) : [],
    types: version >= 5 ? reader.array((r) => r.string()) : [],
  }),
  encode(writer, version, { error, groups }) {
    if (version >= 1) writer.int32(0)
    writer.int16(errorCode(error)).structs(groups, (w, group) => {
      w.string(group.id).string(group.protocolType)
      if (version >= 4) w.string(group.state)
      if (version >= 5) w.string(GROUP_TYPE)
    })
  },
}
