import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface HeartbeatRequest {
  readonly groupId: string
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
}

/** A member says that it lives, and hears whether the group is rebalancing. */
export const heartbeat: Message<HeartbeatRequest, { readonly error: ErrorName }> = {
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleFrom: 4,
  decode(reader, version) {
    const request = { groupId: reader.string(), generation: reader.int32(), memberId: reader.string() }
    return { ...request, instanceId: version >= 3 ? reader.nullableString() : null }
  },
  encode(writer, version, { error }) {
    if (version >= 1) writer.int32(0)
    writer.int16(errorCode(error))
  },
}
