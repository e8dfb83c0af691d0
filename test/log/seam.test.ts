/** The places where this house reaches into kafkajs: red as soon as one of them moves. */
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { KAFKAJS_VERSION, kafkajs } from '../../log/kafka/seam.ts'
import manifest from '../../package.json' with { type: 'json' }

const require = createRequire(import.meta.url)

test('kafkajs is the version the seam was cut for, and pinned', () => {
  expect((require('kafkajs/package.json') as { version: string }).version).toBe(KAFKAJS_VERSION)
  expect(manifest.dependencies.kafkajs).toBe(KAFKAJS_VERSION)
})

test('kafkajs reads fetches with our decoder, and fetches in version 11 at most', () => {
  const fetch = require('kafkajs/src/protocol/requests/fetch') as { versions: string[]; protocol: (asked: { version: number }) => (options: object) => { response: { decode: { toString(): string } } } }
  expect(fetch.versions.map(Number).sort((a, b) => a - b).at(-1)).toBe(11)
  const { response } = fetch.protocol({ version: 11 })({ topics: [], maxWaitTime: 1 })
  expect(response).toBe(require('kafkajs/src/protocol/requests/fetch/v11/response'))
  expect(response.decode.toString()).toContain('decodeFetch')
})

test('kafkajs makes its consumer groups of our class, which finds all it overrides', () => {
  const group = require('kafkajs/src/consumer/consumerGroup') as { name: string; prototype: object }
  expect(group.name).toBe('DoorGroup')
  const shipped = Object.getPrototypeOf(group.prototype) as Record<string, unknown>
  for (const method of ['joinAndSync', 'fetch', 'getActiveTopicPartitions', 'heartbeat', 'recoverFromOffsetOutOfRange', 'assigned']) {
    expect(shipped[method], method).toBeTypeOf('function')
    if (method !== 'assigned') expect(Object.hasOwn(group.prototype, method), method).toBe(true)
  }
  const source = (shipped['constructor'] as () => void).toString()
  for (const field of ['lastRequest', 'maxWaitTime', 'maxBytes', 'maxBytesPerPartition', 'seekOffset', 'offsetManager', 'generationId', 'groupId']) expect(source, field).toContain(`this.${field} =`)
})

test('kafkajs writes its produce requests with our encoder', () => {
  const produce = require('kafkajs/src/protocol/requests/produce') as { versions: string[]; protocol: (asked: { version: number }) => (options: object) => { request: { encode: () => unknown; apiVersion: number } } }
  expect(produce.versions.map(Number).sort((a, b) => a - b).at(-1)).toBe(7)
  const { request } = produce.protocol({ version: 7 })({ acks: -1, topicData: [] })
  expect([request.apiVersion, request.encode.toString()]).toEqual([7, expect.stringContaining('encode(options)')])
})

test('the library is usable through the seam', () => {
  expect(kafkajs.Kafka).toBeTypeOf('function')
  expect(() => new kafkajs.Kafka({ brokers: ['127.0.0.1:1'] }).consumer({ groupId: 'x' })).not.toThrow()
})
