import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface Protocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface JoinGroupRequest {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Empty on a first join. */
  readonly memberId: string
  readonly instanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly Protocol[]
  /** Since version 4 a first join only hands out an id, so that a retried join leaves no ghost member. */
  readonly needsMemberId: boolean
}

export interface JoinGroupResponse {
  readonly error: ErrorName
  readonly generation: number
  /** null where there is no group to speak of. */
  readonly protocolType: string | null
  readonly protocol: string
  readonly leader: string
  readonly memberId: string
  /** Everybody's metadata for the leader, nothing for the others. */
  readonly members: readonly {
    readonly id: string
    readonly instanceId: string | null
    readonly metadata: Buffer
  }[]
}

/** The answer, but for what the group is. */
export type JoinOutcome = Omit<JoinGroupResponse, 'protocolType'>

/** Enters a group, or enters its next generation. */
export const joinGroup: Message<JoinGroupRequest, JoinGroupResponse> = {
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleFrom: 6,
  decode(reader, version) {
    const groupId = reader.string()
    const sessionTimeoutMs = reader.int32()
    const rebalanceTimeoutMs = version >= 1 ? reader.int32() : sessionTimeoutMs
    const memberId = reader.string()
    const instanceId = version >= 5 ? reader.nullableString() : null
    const protocolType = reader.string()
    // Metadata outlives the request, so it is copied out of it.
    const protocols = reader.structs((r) => ({ name: r.string(), metadata: Buffer.from(r.bytes()) }))
    const needsMemberId = version >= 4
    return {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId,
      instanceId,
      protocolType,
      protocols,
      needsMemberId,
    }
  },
  encode(writer, version, response) {
    if (version >= 2) writer.int32(0)
    writer.int16(errorCode(response.error)).int32(response.generation)
    if (version >= 7)
      writer
        .nullableString(response.protocolType)
        .nullableString(response.error === 'NONE' ? response.protocol : null)
    else writer.string(response.protocol)
    writer.string(response.leader)
    if (version >= 9) writer.boolean(false) // the leader assigns, always
    writer.string(response.memberId)
    writer.structs(response.members, (w, member) => {
      w.string(member.id)
      if (version >= 5) w.nullableString(member.instanceId)
      w.bytes(member.metadata)
    })
  },
}
