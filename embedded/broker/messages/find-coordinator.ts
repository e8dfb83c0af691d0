import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

/** What is coordinated: the number of the protocol. */
export const KEY_TYPE = { group: 0, transaction: 1 } as const

export interface FindCoordinatorRequest {
  readonly keys: readonly string[]
  readonly type: number
  /** Asked in a version below 4: by clients some of which hide what is answered here. */
  readonly isOld: boolean
}

export interface FoundCoordinator {
  readonly key: string
  readonly error: ErrorName
  readonly message: string | null
  readonly broker: { readonly id: number; readonly host: string; readonly port: number }
}

/** Who coordinates: the one broker there is. Since version 4 many are asked for at once. */
export const findCoordinator: Message<
  FindCoordinatorRequest,
  { readonly found: readonly FoundCoordinator[] }
> = {
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 5],
  flexibleFrom: 3,
  decode(reader, version) {
    if (version >= 4) {
      const type = reader.int8()
      return { type, keys: reader.array((r) => r.string()), isOld: false }
    }
    const keys = [reader.string()]
    return { keys, type: version >= 1 ? reader.int8() : KEY_TYPE.group, isOld: true }
  },
  encode(writer, version, { found }) {
    if (version >= 1) writer.int32(0)
    if (version >= 4) {
      writer.structs(found, (w, { key, error, message, broker }) =>
        w
          .string(key)
          .int32(broker.id)
          .string(broker.host)
          .int32(broker.port)
          .int16(errorCode(error))
          .nullableString(message),
      )
      return
    }
    const { error, message, broker } = found[0]!
    writer.int16(errorCode(error))
    if (version >= 1) writer.nullableString(message)
    writer.int32(broker.id).string(broker.host).int32(broker.port)
  },
}
