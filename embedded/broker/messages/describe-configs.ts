import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export const TOPIC_RESOURCE = 2
export const BROKER_RESOURCE = 4

/** Where a value comes from, in the numbers of the protocol. */
export const SOURCE = { topic: 1, broker: 4, default: 5 } as const
/** The protocol's number for "a value of no declared type" and for text. */
const STRING_TYPE = 2

export interface DescribeConfigsRequest {
  readonly resources: readonly {
    readonly type: number
    readonly name: string
    /** null = all of them. */
    readonly names: readonly string[] | null
  }[]
}

export interface DescribedConfig {
  readonly name: string
  readonly value: string
  readonly source: keyof typeof SOURCE
}

export interface DescribeConfigsResponse {
  readonly resources: readonly {
    readonly error: ErrorName
    readonly message: string | null
    readonly type: number
    readonly name: string
    readonly configs: readonly DescribedConfig[]
  }[]
}

/** How a topic (or the broker) is configured. */
export const describeConfigs: Message<DescribeConfigsRequest, DescribeConfigsResponse> = {
  key: 32,
  name: 'DescribeConfigs',
  versions: [0, 4],
  flexibleFrom: 4,
  decode: (reader) => ({
    resources: reader.structs((r) => ({
      type: r.int8(),
      name: r.string(),
      names: r.nullableArray((n) => n.string()),
    })),
  }),
  encode(writer, version, { resources }) {
    writer.int32(0).structs(resources, (w, resource) => {
      w.int16(errorCode(resource.error))
        .nullableString(resource.message)
        .int8(resource.type)
        .string(resource.name)
      w.structs(resource.configs, (x, config) => {
        x.string(config.name)
          .nullableString(config.value)
          .boolean(config.source !== 'topic')
        if (version === 0) x.boolean(config.source !== 'topic')
        else x.int8(SOURCE[config.source])
        x.boolean(false) // sensitive
        if (version >= 1) x.count(0) // synonyms
        if (version >= 3) x.int8(STRING_TYPE).nullableString(null)
      })
    })
  },
}
