import { errorCode, type ErrorName } from '../protocol/errors.ts'
import type { Message } from './message.ts'

const OPERATIONS_UNKNOWN = -2147483648
const BROKERS = 1

export interface DescribeClusterResponse {
  readonly error: ErrorName
  readonly message: string | null
  readonly clusterId: string
  readonly broker: { readonly id: number; readonly host: string; readonly port: number }
}

/** Who belongs to the cluster: one broker, which is its own controller. */
export const describeCluster: Message<{ readonly wantsBrokers: boolean }, DescribeClusterResponse> = {
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleFrom: 0,
  decode(reader, version) {
    reader.boolean() // authorised operations: not a thing here
    return { wantsBrokers: version >= 1 ? reader.int8() === BROKERS : true }
  },
  encode(writer, version, { error, message, clusterId, broker }) {
    writer.int32(0).int16(errorCode(error)).nullableString(message)
    if (version >= 1) writer.int8(BROKERS)
    writer.string(clusterId).int32(broker.id)
    writer.structs([broker], (w, { id, host, port }) => {
      w.int32(id).string(host).int32(port).nullableString(null)
      if (version >= 2) w.boolean(false)
    })
    writer.int32(OPERATIONS_UNKNOWN)
  },
}
