/** The places where we reach into kafkajs: red as soon as one of them moves. */
import { createRequire } from 'node:module'
import { expect, test, vi } from 'vitest'
import {
  type ClusterParts,
  KAFKAJS_VERSION,
  kafkajs,
  KafkajsBroker,
} from '../../log/kafka/kafkajs-patches.ts'
import manifest from '../../package.json' with { type: 'json' }

const require = createRequire(import.meta.url)

test('kafkajs is the version the seam was cut for, and pinned', () => {
  expect((require('kafkajs/package.json') as { version: string }).version).toBe(KAFKAJS_VERSION)
  expect(manifest.dependencies.kafkajs).toBe(KAFKAJS_VERSION)
})

test('kafkajs reads metadata as we say, in every version: a partition without a leader does not hide the others', async () => {
  const metadata = require('kafkajs/src/protocol/requests/metadata') as {
    versions: string[]
    protocol: (asked: {
      version: number
    }) => (options: object) => { response: { parse: (data: object) => Promise<unknown> } }
  }
  const answer = {
    topicMetadata: [
      {
        topicErrorCode: 0,
        topic: 't',
        partitionMetadata: [{ partitionErrorCode: 5, partitionId: 0, leader: -1 }],
      },
    ],
  }
  for (const version of metadata.versions.map(Number)) {
    const { response } = metadata.protocol({ version })({ topics: [] })
    expect(await response.parse(answer), `version ${version}`).toBe(answer)
    await expect(response.parse({ topicMetadata: [{ topicErrorCode: 3 }] })).rejects.toMatchObject({
      type: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  }
})

test('kafkajs hands an answer on as it came, without a copy', () => {
  const Connection = require('kafkajs/src/network/connection') as new (
    options: object,
  ) => {
    requestQueue: { fulfillRequest(answer: { payload: Buffer }): void }
    processData(data: Buffer): void
  }
  const logger = { namespace: () => ({ debug: () => undefined, error: () => undefined }) }
  const connection = new Connection({ host: 'h', port: 1, logger, socketFactory: () => undefined })
  const got: Buffer[] = []
  connection.requestQueue.fulfillRequest = ({ payload }) => got.push(payload)
  for (const length of [9, 100_000, 5]) {
    const answer = Buffer.alloc(4 + length)
    answer.writeInt32BE(length)
    connection.processData(answer)
    const last = got.at(-1)!
    expect([last.length, last.buffer === answer.buffer]).toEqual([length - 4, true])
  }
})

test('kafkajs lends its connections and its broker, with all that is asked of them', () => {
  const { cluster } = new kafkajs.Kafka({ brokers: ['127.0.0.1:1'] }).admin() as unknown as ClusterParts
  expect(cluster.connectionPoolBuilder.build).toBeTypeOf('function')
  expect(cluster.rootLogger).toBeTypeOf('object')
  for (const method of [
    'connect',
    'disconnect',
    'isConnected',
    'findGroupCoordinator',
    'joinGroup',
    'syncGroup',
    'heartbeat',
    'leaveGroup',
    'offsetFetch',
    'offsetCommit',
  ])
    expect(Reflect.get(KafkajsBroker.prototype, method), method).toBeTypeOf('function')
  const pool = require('kafkajs/src/network/connectionPool') as { prototype: object; toString(): string }
  for (const method of ['send', 'getConnection'])
    expect(Reflect.get(pool.prototype, method), method).toBeTypeOf('function')
  expect(pool.toString()).toContain('{ [apiKeys.Fetch]: 1 }') // which connection a fetch takes
  expect(
    Reflect.get(
      (require('kafkajs/src/network/connection') as { prototype: object }).prototype,
      'rejectRequests',
    ),
  ).toBeTypeOf('function')
  const joinGroup = require('kafkajs/src/protocol/requests/joinGroup') as { versions: string[] }
  expect(
    joinGroup.versions
      .map(Number)
      .sort((a, b) => a - b)
      .at(-1),
  ).toBe(5) // the member id is asked for, and kept
})

test('kafkajs writes its produce requests with our encoder', () => {
  const produce = require('kafkajs/src/protocol/requests/produce') as {
    versions: string[]
    protocol: (asked: {
      version: number
    }) => (options: object) => { request: { encode: () => unknown; apiVersion: number } }
  }
  expect(
    produce.versions
      .map(Number)
      .sort((a, b) => a - b)
      .at(-1),
  ).toBe(7)
  const { request } = produce.protocol({ version: 7 })({ acks: -1, topicData: [] })
  expect([request.apiVersion, request.encode.toString()]).toEqual([
    7,
    expect.stringContaining('encode(options)'),
  ])
})

test('the library is usable through the seam', () => {
  expect(kafkajs.Kafka).toBeTypeOf('function')
  expect(() => new kafkajs.Kafka({ brokers: ['127.0.0.1:1'] }).consumer({ groupId: 'x' })).not.toThrow()
})

test('the queue of a connection rests: nothing looks for what waits where nothing does; what waits is sent, what is never answered is given up', () => {
  const Queue = require('kafkajs/src/network/requestQueue') as new (
    options: object,
  ) => {
    push(request: object): void
    fulfillRequest(answer: object): void
    scheduleRequestTimeoutCheck(): void
    destroy(): void
  }
  vi.useFakeTimers()
  const happened: string[] = []
  const silent = { debug: () => {}, warn: () => {} }
  const queue = new Queue({
    maxInFlightRequests: 1,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    logger: silent,
  })
  const push = (correlationId: number): void =>
    queue.push({
      entry: { correlationId, resolve: () => {}, reject: () => happened.push(`given up ${correlationId}`) },
      expectResponse: true,
      requestTimeout: 30_000,
      sendRequest: () => happened.push(`sent ${correlationId}`),
    })
  try {
    push(1)
    push(2)
    queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 })
    queue.fulfillRequest({ correlationId: 2, payload: Buffer.alloc(0), size: 0 })
    vi.advanceTimersByTime(50)
    expect(vi.getTimerCount()).toBe(0)
    expect(happened).toEqual(['sent 1', 'sent 2'])
    queue.scheduleRequestTimeoutCheck()
    push(3)
    vi.advanceTimersByTime(33_000)
    expect(happened.slice(2)).toEqual(['sent 3', 'given up 3'])
  } finally {
    queue.destroy()
    vi.useRealTimers()
  }
})
