import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface SyncGroupRequest {
  readonly groupId: string
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
  /** From the leader only. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

export interface SyncGroupResponse {
  readonly error: ErrorName
  /** Of the group; null where there is none. */
  readonly protocolType: string | null
  readonly protocol: string | null
  readonly assignment: Buffer
}

/** The answer, but for what the group is. */
export type SyncOutcome = Pick<SyncGroupResponse, 'error' | 'assignment'>

/** The leader hands in who gets what; every member takes its share. */
export const syncGroup: Message<SyncGroupRequest, SyncGroupResponse> = {
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  decode(reader, version) {
    const groupId = reader.string()
    const generation = reader.int32()
    const memberId = reader.string()
    const instanceId = version >= 3 ? reader.nullableString() : null
    if (version >= 5) {
      reader.nullableString() // type and name of the protocol: the group knows them
      reader.nullableString()
    }
    const assignments = reader.structs((r) => ({ memberId: r.string(), assignment: Buffer.from(r.bytes()) }))
    return { groupId, generation, memberId, instanceId, assignments }
  },
  encode(writer, version, { error, protocolType, protocol, assignment }) {
    if (version >= 1) writer.int32(0)
    writer.int16(errorCode(error))
    if (version >= 5) writer.nullableString(protocolType).nullableString(protocol)
    writer.bytes(assignment)
  },
}
