import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

export interface ApiRange {
  readonly key: number
  readonly versions: readonly [min: number, max: number]
}

export interface ApiVersionsResponse {
  readonly error: ErrorName
  readonly apis: readonly ApiRange[]
}

/** What this broker speaks. A newer version of this request is answered in the form of version 0, from which clients fall back. */
export const apiVersions: Message<Record<never, never>, ApiVersionsResponse> = {
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexibleFrom: 3,
  decode: () => ({}),
  encode(writer, version, { error, apis }) {
    writer
      .int16(errorCode(error))
      .structs(apis, (w, api) => w.int16(api.key).int16(api.versions[0]).int16(api.versions[1]))
    if (version >= 1) writer.int32(0)
  },
}
