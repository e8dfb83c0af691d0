/**
 * Loads kafkajs 2.2.4 with some of its modules replaced, before anything else loads it.
 *
 * The reader of fetch answers: as shipped it exposes aborted records, overflows on big batches, drops a whole answer for one
 * bad partition and costs a microsecond a record. Ours cuts batches and leaves the bytes alone.
 * The writer of produce requests: as shipped it costs some 10 microseconds a record, and the square of their number.
 * The consumer group: as shipped it starts reading before anyone can say from where, and resets positions by itself.
 * The admin: as shipped it keeps its connections to itself; ours lends them for a look at one offset (peek.ts).
 */
import { createRequire } from 'node:module'
import type * as Kafkajs from 'kafkajs'
import { LogError } from '../errors.ts'
import { doorGroup, type GroupConstructor } from './group.ts'
import type { Cluster } from './peek.ts'
import { groupByPartition, produceRequest } from './request.ts'
import { decodeFetch, type FetchResponse } from './response.ts'

export const KAFKAJS_VERSION = '2.2.4'
const RESPONSE = 'kafkajs/src/protocol/requests/fetch/v11/response'
const REQUEST = 'kafkajs/src/protocol/requests/produce/v3/request'
const GROUPING = 'kafkajs/src/producer/groupMessagesPerPartition'
const GROUP = 'kafkajs/src/consumer/consumerGroup'
const CONSUMER = 'kafkajs/src/consumer/index'
const ADMIN = 'kafkajs/src/admin/index'

const require = createRequire(import.meta.url)
let decoded = 0

/** How many answers our reader has read in this process; a test of the seam sees it grow. */
export function fetchesDecoded(): number {
  return decoded
}

/** The client library. Errors: LOG_CLIENT_MISMATCH. */
export const kafkajs: typeof Kafkajs = load()

function load(): typeof Kafkajs {
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== KAFKAJS_VERSION) throw new LogError('LOG_CLIENT_MISMATCH', `${version} is installed, ${KAFKAJS_VERSION} is needed; run npm ci`)
  if (require.cache[require.resolve(CONSUMER)] !== undefined)
    throw new LogError('LOG_CLIENT_MISMATCH', 'something loaded kafkajs before log/kafka.ts did; import log/kafka.ts instead')

  const shipped = require(RESPONSE) as { parse: (data: FetchResponse) => Promise<FetchResponse> }
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as { createErrorFromCode: (code: number) => Error }
  replace(RESPONSE, {
    decode: async (bytes: Buffer): Promise<FetchResponse> => {
      decoded++
      return decodeFetch(bytes, Date.now())
    },
    /** Theirs raises the errors of partitions; the error of the whole answer it forgets. */
    parse: async (data: FetchResponse): Promise<FetchResponse> => {
      if (data.errorCode !== 0) throw createErrorFromCode(data.errorCode)
      return shipped.parse(data)
    },
  })
  replace(REQUEST, produceRequest)
  replace(GROUPING, groupByPartition)
  replace(GROUP, doorGroup(require(GROUP) as GroupConstructor))
  const createAdmin = require(ADMIN) as (options: { cluster: Cluster }) => object
  replace(ADMIN, (options: { cluster: Cluster }) => ({ ...createAdmin(options), cluster: options.cluster }))
  return require('kafkajs') as typeof Kafkajs
}

function replace(path: string, exports: unknown): void {
  require(path)
  const module = require.cache[require.resolve(path)]
  if (module === undefined) throw new LogError('LOG_CLIENT_MISMATCH', `${path} is not where it was`)
  module.exports = exports
}
