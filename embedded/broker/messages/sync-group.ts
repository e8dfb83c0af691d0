import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

export interface SyncGroupRequest {
  readonly groupId: string
  readonly generation: number
  readonly memberId: string
  /** From the leader only. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

export interface SyncGroupResponse {
  readonly error: ErrorName
  readonly assignment: Buffer
}

/** The leader hands in who gets what; every member takes its share. */
export const syncGroup: Message<SyncGroupRequest, SyncGroupResponse> = {
  key: 14,
  name: 'SyncGroup',
  versions: [0, 3],
  decode(reader, version) {
    const groupId = reader.string()
    const generation = reader.int32()
    const memberId = reader.string()
    if (version >= 3) reader.nullableString() // instance id
    const assignments = reader.array((r) => ({ memberId: r.string(), assignment: Buffer.from(r.bytes()) }))
    return { groupId, generation, memberId, assignments }
  },
  encode(writer, version, { error, assignment }) {
    if (version >= 1) writer.int32(0)
    writer.int16(errorCode(error)).bytes(assignment)
  },
}
