import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

/** A member by its id, or by the instance id that an operator gave it (the member's id is empty then). */
export interface Leaving {
  readonly id: string
  readonly instanceId: string | null
}

export interface LeaveGroupRequest {
  readonly groupId: string
  readonly members: readonly Leaving[]
}

export interface LeaveGroupResponse {
  readonly error: ErrorName
  readonly members: readonly (Leaving & { readonly error: ErrorName })[]
}

/** Members go; the group rebalances without waiting for their sessions to end. Since version 3 several go at once. */
export const leaveGroup: Message<LeaveGroupRequest, LeaveGroupResponse> = {
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  decode(reader, version) {
    const groupId = reader.string()
    if (version < 3) return { groupId, members: [{ id: reader.string(), instanceId: null }] }
    const members = reader.structs((r) => {
      const leaving = { id: r.string(), instanceId: r.nullableString() }
      if (version >= 5) r.nullableString() // why
      return leaving
    })
    return { groupId, members }
  },
  encode(writer, version, { error, members }) {
    if (version >= 1) writer.int32(0)
    if (version < 3) {
      writer.int16(errorCode(members[0]?.error ?? error))
      return
    }
    writer.int16(errorCode(error))
    writer.structs(members, (w, member) =>
      w.string(member.id).nullableString(member.instanceId).int16(errorCode(member.error)),
    )
  },
}
