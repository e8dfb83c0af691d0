/** For tests of admin requests: one broker, from import to the end of the test file, and the requests that no client library sends. */
/** What tools ask of a broker beside reading and writing: ids, partitions, settings, beginnings of logs, groups. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Admin } from 'kafkajs'
import { afterAll, beforeAll } from 'vitest'
import { startBroker, type Broker } from '../../embedded/broker/broker.ts'
import { errorCode, type ErrorName } from '../../embedded/broker/protocol/errors.ts'
import { NO_TOPIC_ID } from '../../embedded/broker/messages/message.ts'
import { batchOf, type Shape } from './batches.ts'
import { adminOf, kafkaAt, unique } from './kafka.ts'
import { produced, producing, type Wire } from './wire.ts'

export let broker: Broker
export let dataDir: string
/** Starts the broker that the tests ask from here on. */
export const begin = async (): Promise<void> => void (broker = await start())
const start = (): Promise<Broker> => startBroker({ host: '127.0.0.1', port: 0, dataDir, log: () => {} })
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidemark-admin-'))
  broker = await start()
})
afterAll(async () => {
  await broker.close()
  await rm(dataDir, { recursive: true, force: true })
})
export const admin = (): Promise<Admin> => adminOf(kafkaAt(`127.0.0.1:${broker.port}`))
export const configEntries = (settings: Record<string, string>) =>
  Object.entries(settings).map(([name, value]) => ({ name, value }))

export async function made(
  to: Admin,
  settings: Record<string, string> = {},
  partitions = 1,
): Promise<string> {
  const topic = unique('admin')
  await to.createTopics({
    topics: [{ topic, numPartitions: partitions, configEntries: configEntries(settings) }],
  })
  return topic
}
export const send = async (wire: Wire, topic: string, shape: Shape) =>
  produced(await wire.ask(0, 7, producing(topic, batchOf(shape))))
export const code = (name: ErrorName): number => errorCode(name)

/** Metadata v12, by name or by id. */
export async function described(
  wire: Wire,
  ref: { name: string } | { id: string },
): Promise<{ error: number; name: string | null; id: string; partitions: number }> {
  const body = await wire.askFlexible(3, 12, (w) => {
    w.structs([ref], (x, r) =>
      x.uuid('id' in r ? r.id : NO_TOPIC_ID).nullableString('name' in r ? r.name : null),
    )
    w.boolean(false).boolean(false)
  })
  body.int32()
  body.structs((r) => [r.int32(), r.string(), r.int32(), r.nullableString()])
  body.nullableString()
  body.int32()
  const [topic] = body.structs((r) => {
    const said = { error: r.int16(), name: r.nullableString(), id: r.uuid() }
    r.boolean()
    const partitions = r.structs((p) => [
      p.int16(),
      p.int32(),
      p.int32(),
      p.int32(),
      p.array((q) => q.int32()),
      p.array((q) => q.int32()),
      p.array((q) => q.int32()),
    ])
    r.int32()
    return { ...said, partitions: partitions.length }
  })
  return topic!
}

/** Fetch v13, which names topics by their ids: the error of the partition. */
export async function fetchedById(wire: Wire, id: string, offset: number, maxWaitMs = 0): Promise<number> {
  const body = await wire.askFlexible(1, 13, (w) => {
    w.int32(-1).int32(maxWaitMs).int32(1).int32(1000).int8(0).int32(0).int32(-1)
    w.structs([id], (x, one) =>
      x
        .uuid(one)
        .structs([0], (y, index) => y.int32(index).int32(-1).int64(offset).int32(-1).int64(-1).int32(1000)),
    )
    w.count(0).string('')
  })
  body.int32()
  body.int16()
  body.int32()
  const [error] = body.structs((r) => {
    r.uuid()
    return r.structs((p) => {
      p.int32()
      const found = p.int16()
      for (let i = 0; i < 3; i++) p.int64()
      p.structs((a) => [a.int64(), a.int64()])
      p.int32()
      p.nullableBytes()
      return found
    })[0]
  })
  return error!
}

/** ListOffsets v7: where a time lies in partition 0. */
export async function placeOf(
  wire: Wire,
  topic: string,
  timeMs: number,
): Promise<{ timestampMs: number; offset: number }> {
  const body = await wire.askFlexible(2, 7, (w) =>
    w
      .int32(-1)
      .int8(0)
      .structs([topic], (x, name) =>
        x.string(name).structs([0], (y, i) => y.int32(i).int32(-1).int64(timeMs)),
      ),
  )
  body.int32()
  const [place] = body.structs((r) => {
    r.string()
    return r.structs((p) => {
      p.int32()
      p.int16()
      const found = { timestampMs: p.int64(), offset: p.int64() }
      p.int32()
      return found
    })[0]
  })
  return place!
}
