import type { Writer } from '../protocol/codec.ts'
import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface AlterConfigsRequest {
  readonly resources: readonly {
    readonly type: number
    readonly name: string
    readonly configs: readonly { readonly name: string; readonly value: string | null }[]
  }[]
  readonly validateOnly: boolean
}

export interface AlterConfigsResponse {
  readonly resources: readonly {
    readonly error: ErrorName
    readonly message: string | null
    readonly type: number
    readonly name: string
  }[]
}

/** The answer of both ways to change a configuration. */
export function encodeAltered(writer: Writer, _version: number, { resources }: AlterConfigsResponse): void {
  writer
    .int32(0)
    .structs(resources, (w, { error, message, type, name }) =>
      w.int16(errorCode(error)).nullableString(message).int8(type).string(name),
    )
}

/** Replaces the whole configuration of a topic: what is not named goes back to the default. */
export const alterConfigs: Message<AlterConfigsRequest, AlterConfigsResponse> = {
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleFrom: 2,
  decode: (reader) => ({
    resources: reader.structs((r) => ({
      type: r.int8(),
      name: r.string(),
      configs: r.structs((c) => ({ name: c.string(), value: c.nullableString() })),
    })),
    validateOnly: reader.boolean(),
  }),
  encode: encodeAltered,
}
