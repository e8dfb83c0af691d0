import { encodeAltered, type AlterConfigsResponse } from './alter-configs.ts'
import type { Message } from './message.ts'

/** What is done to one setting, in the numbers of the protocol; the last two change one item of a list. */
export const OPERATION = { set: 0, unset: 1, append: 2, subtract: 3 } as const

export interface ConfigChange {
  readonly name: string
  readonly operation: number
  readonly value: string | null
}

export interface IncrementalAlterConfigsRequest {
  readonly resources: readonly {
    readonly type: number
    readonly name: string
    readonly changes: readonly ConfigChange[]
  }[]
  readonly validateOnly: boolean
}

/** Changes the settings that are named, and no other. */
export const incrementalAlterConfigs: Message<IncrementalAlterConfigsRequest, AlterConfigsResponse> = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleFrom: 1,
  decode: (reader) => ({
    resources: reader.structs((r) => ({
      type: r.int8(),
      name: r.string(),
      changes: r.structs((c) => ({ name: c.string(), operation: c.int8(), value: c.nullableString() })),
    })),
    validateOnly: reader.boolean(),
  }),
  encode: encodeAltered,
}
