/** What one request, and all half requests together, may cost. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBroker, type Broker } from '../../embedded/broker/broker.ts'
import type { Writer } from '../../embedded/broker/protocol/codec.ts'
import { errorCode } from '../../embedded/broker/protocol/errors.ts'
import { Coordinator } from '../../embedded/broker/groups/coordinator.ts'
import { HeldBytes, Room } from '../../embedded/broker/handlers/memory.ts'
import { CommittedOffsets } from '../../embedded/broker/storage/committed-offsets.ts'
import { batchOf } from './batches.ts'
import { unique } from './kafka.ts'
import { fetched, fetching, produced, producing, wireTo } from './wire.ts'

let broker: Broker
let dataDir: string
const said: string[] = []
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidemark-bounds-'))
  broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    maxHeldBytes: 8 * 1024 * 1024,
    log: (line) => said.push(line),
  })
})
afterAll(async () => {
  await broker.close()
  await rm(dataDir, { recursive: true, force: true })
})

const folders = async (): Promise<number> =>
  (await readdir(dataDir, { withFileTypes: true })).filter((entry) => entry.isDirectory()).length

/** A Metadata v8 that wants its topics made. */
const metadata =
  (names: readonly string[]) =>
  (w: Writer): void => {
    w.array(names, (x, name) => x.string(name))
      .boolean(true)
      .boolean(false)
      .boolean(false)
  }

test('a Metadata of 300 names makes a few topics, and says of the others to ask again; asking makes more', async () => {
  const wire = await wireTo(broker.port)
  const names = Array.from({ length: 300 }, () => unique('many'))
  const before = await folders()
  const errorsOf = async (): Promise<number[]> => {
    const body = await wire.ask(3, 8, metadata(names))
    body.int32()
    body.array((r) => [r.int32(), r.string(), r.int32(), r.nullableString()])
    body.nullableString()
    body.int32()
    return body.array((r) => {
      const error = r.int16()
      r.string()
      r.boolean()
      r.array((p) => [
        p.int16(),
        p.int32(),
        p.int32(),
        p.int32(),
        p.array((q) => q.int32()),
        p.array((q) => q.int32()),
        p.array((q) => q.int32()),
      ])
      r.int32()
      return error
    })
  }
  const first = await errorsOf()
  expect(first.filter((error) => error === 0).length).toBe(16)
  expect(first.filter((error) => error === errorCode('LEADER_NOT_AVAILABLE')).length).toBe(284)
  expect((await folders()) - before).toBe(16 * 4)
  expect((await errorsOf()).filter((error) => error === 0).length).toBe(32)
})

test('a Metadata of five million names, and a Fetch that names a partition a million times, end their connection at once', async () => {
  const body = Buffer.alloc(8 + 2 + 4 + 5_000_000 * 2)
  body.writeInt16BE(3, 0)
  body.writeInt16BE(1, 2)
  body.writeInt16BE(-1, 8)
  body.writeInt32BE(5_000_000, 10)
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  const ownDir = await mkdtemp(join(tmpdir(), 'tidemark-bounds-'))
  const own = await startBroker({
    host: '127.0.0.1',
    port: 0,
    dataDir: ownDir,
    log: (line) => said.push(line),
  })
  try {
    for (const request of [Buffer.concat([size, body]), millionFetches()]) {
      const wire = await wireTo(own.port)
      const began = process.cpuUsage().user
      wire.socket.write(request)
      await wire.closed
      expect((process.cpuUsage().user - began) / 1e6).toBeLessThan(5)
      expect(said.some((line) => line.includes('names more than 100000 things'))).toBe(true)
    }
  } finally {
    await own.close()
    await rm(ownDir, { recursive: true, force: true })
  }
})

function millionFetches(): Buffer {
  const asks = 1_000_000
  const head = Buffer.alloc(4 + 8 + 2 + 4 + 4 + 4 + 4 + 1 + 8 + 4 + 2 + 1 + 4)
  let at = 4
  at = head.writeInt16BE(1, at)
  at = head.writeInt16BE(11, at)
  at = head.writeInt32BE(1, at)
  at = head.writeInt16BE(-1, at)
  for (const value of [-1, 500, 1, 1000]) at = head.writeInt32BE(value, at)
  at = head.writeInt8(0, at)
  for (const value of [0, -1, 1]) at = head.writeInt32BE(value, at)
  at = head.writeInt16BE(1, at)
  at = head.write('t', at) + at
  head.writeInt32BE(asks, at)
  const whole = Buffer.concat([head, Buffer.alloc(asks * 28)])
  whole.writeInt32BE(whole.length - 4, 0)
  return whole
}

test('a CreateTopics makes two thousand partitions, and no more', async () => {
  const own = await mkdtemp(join(tmpdir(), 'tidemark-bounds-'))
  const broker2 = await startBroker({ host: '127.0.0.1', port: 0, dataDir: own, log: () => {} })
  const wire = await wireTo(broker2.port)
  const body = await wire.ask(19, 2, (w) => {
    w.array(['a', 'b', 'c', 'd'], (x, name) => x.string(name).int32(1000).int16(1).int32(0).int32(0))
    w.int32(1000).boolean(false)
  })
  body.int32()
  expect(body.array((r) => [r.string(), r.int16(), r.nullableString()][1])).toEqual([
    0,
    0,
    errorCode('POLICY_VIOLATION'),
    errorCode('POLICY_VIOLATION'),
  ])
  await broker2.close()
  await rm(own, { recursive: true, force: true })
})

test('a partition that a Fetch names often is answered once, by what was said last', async () => {
  const wire = await wireTo(broker.port)
  const topic = unique('often')
  await wire.ask(3, 8, metadata([topic]))
  const asks = Array.from({ length: 5000 }, (_, i) => ({
    topic,
    partition: 0,
    offset: i === 4999 ? 0 : 7,
    maxBytes: 1000,
  }))
  const answers = fetched(
    await wire.ask(1, 11, fetching(asks, { minBytes: 1, maxWaitMs: 0, maxBytes: 1000 })),
  )
  expect(answers.map(({ error }) => error)).toEqual([0])
})

test('half requests of all clients together have a limit; the largest gives way, the others go on', async () => {
  const small = await wireTo(broker.port)
  small.socket.write(Buffer.concat([Buffer.from([0, 0x10, 0, 0]), Buffer.alloc(100_000)])) // 1 MiB announced, a tenth sent
  const large = await Promise.all(Array.from({ length: 4 }, () => wireTo(broker.port)))
  for (const wire of large)
    wire.socket.write(Buffer.concat([Buffer.from([0x04, 0, 0, 0]), Buffer.alloc(3_000_000)]))
  await Promise.race(large.map((wire) => wire.closed))
  expect(said.some((line) => line.includes('took too much memory'))).toBe(true)
  const other = await wireTo(broker.port)
  expect((await other.ask(18, 2, () => {})).int16()).toBe(0)
  expect(small.socket.destroyed).toBe(false)
})

test('many bombs in one request: the first ones fit, the others are to be sent again', async () => {
  const wire = await wireTo(broker.port)
  const topic = unique('bombs')
  await wire.ask(3, 8, metadata([topic]))
  const bomb = batchOf({
    values: ['x'.repeat(50_000_000)],
    attributes: 1,
    pack: (records) => gzipSync(records),
  })
  const body = await wire.ask(0, 7, (w) => {
    w.nullableString(null).int16(-1).int32(1000)
    w.array([topic], (x, name) =>
      x.string(name).array([0, 1, 2, 3], (y, index) => y.int32(index).bytes(bomb)),
    )
  })
  const [errors] = body.array((r) => {
    r.string()
    return r.array((p) => [p.int32(), p.int16(), p.int64(), p.int64(), p.int64()][1])
  })
  expect(errors).toEqual([0, 0, errorCode('REQUEST_TIMED_OUT'), errorCode('REQUEST_TIMED_OUT')])
})

test('a record of 70 MB in gzip is taken, as Apache Kafka takes it: who reads it decides', async () => {
  const wire = await wireTo(broker.port)
  const topic = unique('bomb')
  await wire.ask(3, 8, metadata([topic]))
  const bomb = batchOf({
    values: [' '.repeat(70_000_000)],
    attributes: 1,
    pack: (records) => gzipSync(records),
  })
  expect(produced(await wire.ask(0, 7, producing(topic, bomb)))).toEqual({ error: 0, baseOffset: 0 })
})

test('a member may say a megabyte of itself in a hundred protocols, and no more', async () => {
  const wire = await wireTo(broker.port)
  const join = async (bytes: number, protocols = 1): Promise<number> => {
    const body = await wire.ask(11, 3, (w) => {
      w.string(unique('group')).int32(10_000).int32(10_000).string('').string('consumer')
      w.array(
        Array.from({ length: protocols }, (_, i) => `p${i}`),
        (x, name) => x.string(name).bytes(Buffer.alloc(bytes)),
      )
    })
    body.int32()
    return body.int16()
  }
  expect(await join(1000)).toBe(0)
  expect(await join(1024 * 1024 + 1)).toBe(errorCode('INVALID_REQUEST'))
  expect(await join(1, 100)).toBe(0)
  expect(await join(1, 90_000)).toBe(errorCode('INVALID_REQUEST'))
})

test('all members together may say so much, and there are so many groups; a group that is left makes room', async () => {
  const own = await mkdtemp(join(tmpdir(), 'tidemark-bounds-'))
  const coordinator = new Coordinator(await CommittedOffsets.open(own, () => {}), 0, () => true)
  const enter = (groupId: string, metadata: Buffer) =>
    coordinator.join(
      {
        groupId,
        sessionTimeoutMs: 60_000,
        rebalanceTimeoutMs: 60_000,
        memberId: '',
        instanceId: null,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata }],
        needsMemberId: false,
      },
      { id: 'client', host: '' },
    )
  const [large, small] = [Buffer.alloc(2 ** 20 - 100), Buffer.alloc(10)]
  for (let i = 0; i < 128; i++) expect((await enter(`large-${i}`, large)).error).toBe('NONE')
  expect((await enter('one-more', large)).error).toBe('GROUP_MAX_SIZE_REACHED')
  for (let i = 128; i < 9999; i++) expect((await enter(`small-${i}`, small)).error).toBe('NONE')
  const last = await enter('last', small)
  expect([last.error, (await enter('one-more', small)).error]).toEqual(['NONE', 'GROUP_MAX_SIZE_REACHED'])
  coordinator.leave({ groupId: 'last', members: [{ id: last.memberId, instanceId: null }] })
  expect((await enter('one-more', small)).error).toBe('NONE')
  coordinator.close()
  await rm(own, { recursive: true, force: true })
})

test('room for answers: what is taken is missed by the next, nobody gets nothing, and all comes back', () => {
  const room = new Room(100 * 2 ** 20)
  expect(room.take(60 * 2 ** 20)).toBe(60 * 2 ** 20)
  expect(room.take(60 * 2 ** 20)).toBe(40 * 2 ** 20)
  expect(room.take(60 * 2 ** 20)).toBe(2 ** 20)
  expect(room.take(10)).toBe(10)
  room.give(101 * 2 ** 20 + 10)
  expect(room.takenBytes).toBe(0)
})

test('held bytes: the largest holder gives up until the rest fits', () => {
  const held = new HeldBytes(100)
  const gone: string[] = []
  const holder = (name: string) => ({ giveUp: () => void gone.push(name) })
  const [a, b, c] = [holder('a'), holder('b'), holder('c')]
  held.set(a, 30)
  held.set(b, 60)
  held.set(c, 40)
  expect(gone).toEqual(['b'])
  held.set(c, 0)
  expect(held.totalBytes).toBe(30)
})

test('the data folder, and the folder of a partition, are for their owner alone', async () => {
  const [name] = (await readdir(dataDir)).filter((entry) => entry.endsWith('-0'))
  for (const place of [dataDir, join(dataDir, name!)]) expect((await stat(place)).mode & 0o077).toBe(0)
})
