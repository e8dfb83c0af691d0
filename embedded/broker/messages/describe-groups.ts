import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

const OPERATIONS_UNKNOWN = -2147483648

export interface DescribedGroup {
  readonly error: ErrorName
  readonly id: string
  readonly state: string
  readonly protocolType: string
  readonly protocol: string
  readonly members: readonly {
    readonly id: string
    readonly instanceId: string | null
    readonly clientId: string
    readonly clientHost: string
    readonly metadata: Buffer
    readonly assignment: Buffer
  }[]
}

/** Who is in a group and what each has. */
export const describeGroups: Message<
  { readonly ids: readonly string[] },
  { readonly groups: readonly DescribedGroup[] }
> = {
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 5],
  flexibleFrom: 5,
  decode: (reader) => ({ ids: reader.array((r) => r.string()) }),
  encode(writer, version, { groups }) {
    if (version >= 1) writer.int32(0)
    writer.structs(groups, (w, group) => {
      w.int16(errorCode(group.error))
        .string(group.id)
        .string(group.state)
        .string(group.protocolType)
        .string(group.protocol)
      w.structs(group.members, (x, member) => {
        x.string(member.id)
        if (version >= 4) x.nullableString(member.instanceId)
        x.string(member.clientId).string(member.clientHost).bytes(member.metadata).bytes(member.assignment)
      })
      if (version >= 3) w.int32(OPERATIONS_UNKNOWN)
    })
  },
}
