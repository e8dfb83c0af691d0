import { errorCode, type ErrorName } from '../errors.ts'
import type { Message } from './message.ts'

export interface FindCoordinatorRequest {
  readonly key: string
  readonly isGroup: boolean
}

export interface FindCoordinatorResponse {
  readonly error: ErrorName
  readonly message: string | null
  readonly broker: { readonly id: number; readonly host: string; readonly port: number }
}

/** Who coordinates a group: the one broker there is. */
export const findCoordinator: Message<FindCoordinatorRequest, FindCoordinatorResponse> = {
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 2],
  decode: (reader, version) => ({ key: reader.string(), isGroup: version >= 1 ? reader.int8() === 0 : true }),
  encode(writer, version, { error, message, broker }) {
    if (version >= 1) writer.int32(0)
    writer.int16(errorCode(error))
    if (version >= 1) writer.nullableString(message)
    writer.int32(broker.id).string(broker.host).int32(broker.port)
  },
}
