import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

export interface LeaveGroupRequest {
  readonly groupId: string
  readonly memberIds: readonly string[]
}

export interface LeaveGroupResponse {
  readonly error: ErrorName
  readonly members: readonly { readonly id: string; readonly error: ErrorName }[]
}

/** Members go; the group rebalances without waiting for their sessions to end. Since version 3 several go at once. */
export const leaveGroup: Message<LeaveGroupRequest, LeaveGroupResponse> = {
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  decode(reader, version) {
    const groupId = reader.string()
    if (version < 3) return { groupId, memberIds: [reader.string()] }
    const memberIds = reader.structs((r) => {
      const id = r.string()
      r.nullableString() // instance id
      if (version >= 5) r.nullableString() // why
      return id
    })
    return { groupId, memberIds }
  },
  encode(writer, version, { error, members }) {
    if (version >= 1) writer.int32(0)
    if (version < 3) {
      writer.int16(errorCode(members[0]?.error ?? error))
      return
    }
    writer.int16(errorCode(error))
    writer.structs(members, (w, member) => w.string(member.id).nullableString(null).int16(errorCode(member.error)))
  },
}
