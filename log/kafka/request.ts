/**
 * The Produce request, versions 3 to 7: transactional id, acks int16, timeout int32 (ms), then by topic and partition the bytes
 * of one record batch. kafkajs counts the sequences, we write the bytes.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { TRANSACTIONAL } from '../batch.ts'
import { type BatchRecord, encodeBatch, encodeRecords } from '../encode.ts'
import { LogError } from '../errors.ts'

const PRODUCE_KEY = 0
const GZIP = 1
const compress = promisify(gzip)

/** A record as kafkajs carries it; `timestamp` in ms. */
export interface EncodedRecord {
  key?: Buffer | string | null
  value?: Buffer | string | null
  headers?: Record<string, Buffer | string | null>
  timestamp?: number | string
}

export interface ProduceOptions {
  acks: number
  timeout: number
  transactionalId?: string | null
  /** A number or one of kafkajs's own 64-bit numbers; -1 = none. */
  producerId?: { toString(): string }
  producerEpoch?: number
  compression?: number
  topicData: {
    topic: string
    partitions: { partition: number; firstSequence: number; messages: EncodedRecord[] }[]
  }[]
}

/** As much of kafkajs's Encoder as it asks of a request's body. */
interface Encoded {
  buf: Buffer
  buffer: Buffer
  size(): number
}

export interface ProduceRequest {
  apiKey: number
  apiVersion: number
  apiName: string
  expectResponse: () => boolean
  encode: () => Promise<Encoded>
}

export function produceRequest(options: ProduceOptions): ProduceRequest {
  return {
    apiKey: PRODUCE_KEY,
    apiVersion: 3,
    apiName: 'Produce',
    expectResponse: () => options.acks !== 0,
    encode: () => encode(options),
  }
}

async function encode(options: ProduceOptions): Promise<Encoded> {
  const { transactionalId = null, acks, timeout, topicData } = options
  const parts = [text(transactionalId), int16(acks), int32(timeout), int32(topicData.length)]
  for (const { topic, partitions } of topicData) {
    parts.push(text(topic), int32(partitions.length))
    for (const { partition, messages, firstSequence } of partitions) {
      const batch = await batchOf(messages, firstSequence, options)
      parts.push(int32(partition), int32(batch.length), batch)
    }
  }
  const buffer = Buffer.concat(parts)
  return { buf: buffer, buffer, size: () => buffer.length }
}

async function batchOf(
  messages: EncodedRecord[],
  firstSequence: number,
  options: ProduceOptions,
): Promise<Buffer> {
  const { compression = 0, transactionalId = null, producerId = -1, producerEpoch = 0 } = options
  if (compression !== 0 && compression !== GZIP)
    throw new LogError('CODEC_UNSUPPORTED', `codec ${compression} cannot be written; use gzip or none`)
  const nowMs = Date.now()
  const times = messages.map(({ timestamp }) => (timestamp === undefined ? nowMs : Number(timestamp)))
  const firstMs = times[0] ?? nowMs
  const records = messages.map(
    ({ key = null, value = null, headers = {} }, offsetDelta): BatchRecord => ({
      key,
      value,
      headers,
      offsetDelta,
      timestampDeltaMs: (times[offsetDelta] ?? nowMs) - firstMs,
    }),
  )
  const plain = encodeRecords(records)
  const header = {
    attributes: compression | (transactionalId === null ? 0 : TRANSACTIONAL),
    count: messages.length,
    lastOffsetDelta: messages.length - 1,
    firstTimestampMs: BigInt(firstMs),
    maxTimestampMs: BigInt(times.reduce((max, ms) => Math.max(max, ms), firstMs)),
    producerId: BigInt(producerId.toString()),
    producerEpoch,
    firstSequence,
  }
  return encodeBatch(header, compression === GZIP ? await compress(plain) : plain)
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function text(value: string | null): Buffer {
  if (value === null) return int16(-1)
  const bytes = Buffer.from(value)
  return Buffer.concat([int16(bytes.length), bytes])
}

/** By partition, in order. (kafkajs copies the list for every record it adds.) */
export function groupByPartition<T extends object>({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: {
  topic: string
  partitionMetadata: unknown[]
  messages: T[]
  partitioner: (asked: object) => number
}): Record<number, T[]> {
  const groups: Record<number, T[]> = {}
  if (partitionMetadata.length === 0) return groups
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message })
    const group = groups[partition]
    if (group === undefined) groups[partition] = [message]
    else group.push(message)
  }
  return groups
}
