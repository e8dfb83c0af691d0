/**
 * Loads kafkajs 2.2.4 with some of its modules replaced, before anything else loads it, and lends parts that it keeps to itself.
 *
 * The writer of produce requests: as shipped it costs some 10 microseconds a record, and the square of their number.
 * The taker of answers: as shipped it copies each (socket.ts has more about that).
 * The reader of metadata: as shipped it throws all of an answer away when one partition of one topic has no leader.
 * The queue of requests: as shipped it wakes a thousand times a second and connection, for ever, to look whether something waits.
 * What is lent: connections to brokers (nodes.ts). Consuming, its groups and its fetches are ours (group.ts, fetcher.ts).
 */
import { createRequire } from 'node:module'
import type * as Kafkajs from 'kafkajs'
import { LogError } from '../errors.ts'
import { groupByPartition, produceRequest } from './request.ts'
import type { Connections } from './wire.ts'

export const KAFKAJS_VERSION = '2.2.4'
const REQUEST = 'kafkajs/src/protocol/requests/produce/v3/request'
const GROUPING = 'kafkajs/src/producer/groupMessagesPerPartition'
const METADATA = 'kafkajs/src/protocol/requests/metadata/v0/response'
const ADMIN = 'kafkajs/src/admin/index'
const CONNECTION = 'kafkajs/src/network/connection'
const QUEUE = 'kafkajs/src/network/requestQueue'

const require = createRequire(import.meta.url)

export interface JoinedGroup {
  generationId: number
  leaderId: string
  memberId: string
  groupProtocol: string
  members: { memberId: string; memberMetadata: Buffer }[]
}
interface TopicOffsets {
  topic: string
  partitions: { partition: number; offset: string; metadata?: string | null }[]
}

/** As much of kafkajs's broker as is used here. Its errors carry Kafka's name in `type`. */
export interface ShippedBroker {
  versions: Record<number, { maxVersion: number }> | null
  connectionPool: Connections & {
    getConnection(index: number): Promise<unknown>
    pool: { rejectRequests(error: Error): void }[]
  }
  connect(): Promise<void>
  disconnect(): Promise<void>
  isConnected(): boolean
  findGroupCoordinator(asked: {
    groupId: string
    coordinatorType: number
  }): Promise<{ coordinator: { nodeId: number; host: string; port: number } }>
  joinGroup(asked: {
    groupId: string
    sessionTimeout: number
    rebalanceTimeout: number
    memberId: string
    groupProtocols: { name: string; metadata: Buffer }[]
  }): Promise<JoinedGroup>
  syncGroup(asked: {
    groupId: string
    generationId: number
    memberId: string
    groupAssignment: { memberId: string; memberAssignment: Buffer }[]
  }): Promise<{ memberAssignment: Buffer }>
  heartbeat(asked: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(asked: { groupId: string; memberId: string }): Promise<unknown>
  offsetFetch(asked: {
    groupId: string
    topics: { topic: string; partitions: { partition: number }[] }[]
  }): Promise<{ responses: TopicOffsets[] }>
  offsetCommit(asked: {
    groupId: string
    groupGenerationId: number
    memberId: string
    topics: TopicOffsets[]
  }): Promise<unknown>
}

type BrokerClass = new (options: {
  connectionPool: ShippedBroker['connectionPool']
  logger: unknown
  nodeId: number | null
  allowAutoTopicCreation: boolean
  authenticationTimeout: number
}) => ShippedBroker

/** What hangs on every admin made through the seam. */
export interface ClusterParts {
  cluster: {
    connectionPoolBuilder: {
      build(place: { host: string; port: number }): Promise<ShippedBroker['connectionPool']>
    }
    rootLogger: unknown
  }
}

/** The client library. Errors: LOG_CLIENT_MISMATCH. */
export const kafkajs: typeof Kafkajs = load()
export const KafkajsBroker = require('kafkajs/src/broker') as BrokerClass
export const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error
}

interface MetadataAnswer {
  topicMetadata: { topicErrorCode: number }[]
}

function load(): typeof Kafkajs {
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== KAFKAJS_VERSION)
    throw new LogError(
      'LOG_CLIENT_MISMATCH',
      `${version} is installed, ${KAFKAJS_VERSION} is needed; run npm ci`,
    )
  if (require.cache[require.resolve(ADMIN)] !== undefined)
    throw new LogError(
      'LOG_CLIENT_MISMATCH',
      'something loaded kafkajs before log/kafka.ts did; import log/kafka.ts instead',
    )

  const { decode } = require(METADATA) as { decode: unknown }
  replace(METADATA, {
    decode,
    /** A partition without a leader is found out by whoever wants to write to it. */
    parse: async (data: MetadataAnswer): Promise<MetadataAnswer> => {
      const failed = data.topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0)
      if (failed !== undefined) throw createErrorFromCode(failed.topicErrorCode)
      return data
    },
  })
  takeWholeAnswers()
  letQueuesRest()
  replace(REQUEST, produceRequest)
  replace(GROUPING, groupByPartition)
  const createAdmin = require(ADMIN) as (options: ClusterParts) => object
  replace(ADMIN, (options: ClusterParts) => ({ ...createAdmin(options), cluster: options.cluster }))
  return require('kafkajs') as typeof Kafkajs
}

interface ShippedConnection {
  chunks: Buffer[]
  processData(data: Buffer): void
}

/** Behind an answer it keeps what is left of its bytes, and be it nothing: the next answer was then joined to that nothing, which copies it. */
function takeWholeAnswers(): void {
  const { prototype } = require(CONNECTION) as { prototype: ShippedConnection }
  const shipped = prototype.processData
  prototype.processData = function (data) {
    if (this.chunks.length === 1 && this.chunks[0]!.length === 0) this.chunks = []
    shipped.call(this, data)
  }
}

interface ShippedQueue {
  pending: readonly unknown[]
  inflight: ReadonlyMap<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>
  enforceRequestTimeout: boolean
  requestTimeout: number
  requestTimeoutIntervalId: NodeJS.Timeout
  isConnected(): boolean
  destroy(): void
  scheduleRequestTimeoutCheck(): void
  scheduleCheckPendingRequests(): void
}

/** A check is due where something waits: what is put in line asks for it again. And that a request was never answered is seen within a twentieth of its time. */
function letQueuesRest(): void {
  const { prototype } = require(QUEUE) as { prototype: ShippedQueue }
  const shipped = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) shipped.call(this)
  }
  prototype.scheduleRequestTimeoutCheck = function () {
    if (!this.enforceRequestTimeout) return
    this.destroy()
    const everyMs = Math.min(this.requestTimeout, Math.max(100, this.requestTimeout / 20))
    this.requestTimeoutIntervalId = setInterval(() => {
      for (const request of this.inflight.values())
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest()
      if (!this.isConnected()) this.destroy()
    }, everyMs)
  }
}

function replace(path: string, exports: unknown): void {
  require(path)
  const module = require.cache[require.resolve(path)]
  if (module === undefined) throw new LogError('LOG_CLIENT_MISMATCH', `${path} is not where it was`)
  module.exports = exports
}
