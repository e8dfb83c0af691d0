import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface ConsumerGroupHeartbeatResponse {
  readonly error: ErrorName
  readonly message: string
}

/**
 * The one request of the newer group protocol (KIP-848), which is not spoken here. It is in the list all the same, with a refusal
 * for its only answer: a client that does not find it there may wait for ever without a word.
 */
export const consumerGroupHeartbeat: Message<Record<never, never>, ConsumerGroupHeartbeatResponse> = {
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexibleFrom: 0,
  decode: () => ({}),
  encode(writer, _version, { error, message }) {
    writer.int32(0).int16(errorCode(error)).nullableString(message)
    writer.nullableString(null).int32(0).int32(0).int8(-1) // member, epoch, interval, no assignment
  },
}
