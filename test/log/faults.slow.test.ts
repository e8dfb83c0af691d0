/** What the client does when the broker goes away, answers get lost, and handlers fail late. */
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Broker, startBroker } from '../../embedded/broker/broker.ts'
import { openAdmin, openConsumer, openProducer } from '../../log/kafka.ts'
import type { LogConfig } from '../../log/log.ts'
import { newTopic, producer, range, Reader, uniqueName, until } from './log-tools.ts'

const PRODUCE = 0
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function start(
  dataDir = mkdtempSync(join(tmpdir(), 'tidemark-faults-')),
  port = 0,
): Promise<{ broker: Broker; config: LogConfig; dataDir: string }> {
  const broker = await startBroker({ host: '127.0.0.1', port, dataDir, log: () => undefined })
  closing.push(async () => {
    await broker.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return { broker, config: { brokers: [`127.0.0.1:${broker.port}`], clientId: 'tidemark-test' }, dataDir }
}

const numbered = (from: number, to: number): { key: null; value: string; partition: number }[] =>
  range(from, to).map((index) => ({ key: null, value: `${index}`, partition: 0 }))
const numbers = (reader: Reader): number[] => (reader.records.get(0) ?? []).map(({ value }) => Number(value))

test('a broker that comes back is read on, without a gap and without a double', async () => {
  const { broker, config, dataDir } = await start()
  const topic = await newTopic(config, 1)
  const out = await producer(config)
  await out.send(topic, numbered(0, 100))
  const reader = await Reader.open(config, { topic, groupId: uniqueName('group'), sessionTimeoutMs: 6_000 })
  await until('the first part is read', () => numbers(reader).length === 100)
  await broker.close()
  await until('it knows that it may own nothing', () => !reader.consumer.isOwner(0))
  await start(dataDir, broker.port)
  await out.send(topic, numbered(100, 200))
  await until('the rest is read', () => numbers(reader).length >= 200, 30_000)
  expect(numbers(reader)).toEqual(range(0, 200))
  await until('it owns again', () => reader.consumer.isOwner(0))
  await reader.consumer.waitForHeartbeat()
  expect(reader.crashes).toEqual([])
}, 60_000)

test('a producer outlives an outage: what fails is said, what follows is written once', async () => {
  const { broker, config, dataDir } = await start()
  const topic = await newTopic(config, 1)
  const out = await producer(config)
  await out.send(topic, numbered(0, 10))
  await broker.close()
  const during = out.send(topic, numbered(10, 20))
  await expect(during).rejects.toMatchObject({ name: 'LogError', code: 'LOG_UNREACHABLE', retry: true })
  await start(dataDir, broker.port)
  await out.send(topic, numbered(20, 30))
  const reader = await Reader.open(config, { topic, groupId: uniqueName('group') })
  await until('the last is read', () => numbers(reader).at(-1) === 29)
  expect(numbers(reader)).toEqual([...range(0, 10), ...range(20, 30)])
}, 90_000)

test('a lost answer to a write does not double it, nor lose the next one', async () => {
  const { broker, config: direct } = await start()
  const topic = await newTopic(direct, 1)
  const proxy = await loseAnswers(broker.port)
  const out = await producer({ ...direct, brokers: [`127.0.0.1:${proxy.port}`] })
  for (const from of range(0, 5)) {
    proxy.loseNext = true
    await out.send(topic, numbered(from * 10, from * 10 + 10))
  }
  const reader = await Reader.open(direct, { topic, groupId: uniqueName('group') })
  await until('the last is read', () => numbers(reader).at(-1) === 49)
  expect(numbers(reader)).toEqual(range(0, 50))
  expect(proxy.lost).toBeGreaterThan(0)
}, 60_000)

test('brokers that are not there are said so, in bounded time', async () => {
  const config: LogConfig = { brokers: ['127.0.0.1:1'], clientId: 'tidemark-test' }
  const handlers = {
    onAssigned: async () => new Map<number, number>(),
    onRevoked: async () => undefined,
    onFetched: () => undefined,
    onCrash: () => undefined,
  }
  const all = await Promise.allSettled([
    openAdmin(config),
    openProducer(config),
    openConsumer(config, { topic: 't', groupId: 'g' }, handlers),
  ])
  for (const one of all)
    expect(one).toMatchObject({
      status: 'rejected',
      reason: { name: 'LogError', code: 'LOG_UNREACHABLE', retry: true },
    })
  await expect(openAdmin({ brokers: [], clientId: 'x' })).rejects.toMatchObject({ code: 'LOG_CONFIG' })
}, 60_000)

test('a consumer can be stopped while its broker is away', async () => {
  const { broker, config } = await start()
  const topic = await newTopic(config, 1)
  const reader = await Reader.open(config, { topic, groupId: uniqueName('group') })
  await until('it owns', () => reader.consumer.isOwner(0))
  const waiting = expect(
    reader.consumer.waitForHeartbeat().then(() => reader.consumer.waitForHeartbeat()),
  ).rejects.toMatchObject({ code: 'LOG_CLOSED' })
  await broker.close()
  await reader.consumer.stop()
  await waiting
  expect(reader.crashes).toEqual([])
}, 40_000)

test('a handler that fails in a later assignment ends the consumer', async () => {
  const { config } = await start()
  const topic = await newTopic(config, 2)
  const groupId = uniqueName('group')
  let assignments = 0
  const crashes: unknown[] = []
  const one = await openConsumer(
    config,
    { topic, groupId, sessionTimeoutMs: 6_000, maxWaitMs: 100 },
    {
      onAssigned: async (partitions) => {
        if (++assignments > 1) throw new Error('the second is too much')
        return new Map(partitions.map((partition) => [partition, 0]))
      },
      onRevoked: async () => undefined,
      onFetched: () => undefined,
      onCrash: (error) => void crashes.push(error),
    },
  )
  closing.push(() => one.stop())
  await until('the first has all', () => one.isOwner(1))
  const two = await Reader.open(config, { topic, groupId, sessionTimeoutMs: 6_000 })
  await until('it is told', () => crashes.length > 0)
  expect(crashes).toMatchObject([{ code: 'LOG_HANDLER' }])
  await until('the other takes over', () => two.owned.length === 2)
  expect(assignments).toBe(2)
}, 40_000)

interface Proxy {
  port: number
  loseNext: boolean
  lost: number
}

/** Passes bytes on, but after a Produce request that follows `loseNext`, ends the connection once the broker has answered. */
async function loseAnswers(brokerPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const proxy: Proxy = { port: 0, loseNext: false, lost: 0 }
  const server: Server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1')
    let losing = false
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes) => {
      if (proxy.loseNext && bytes.length > 6 && bytes.readInt16BE(4) === PRODUCE) {
        proxy.loseNext = false
        losing = true
      }
      broker.write(bytes)
    })
    broker.on('data', (bytes) => {
      if (losing) {
        proxy.lost++
        client.destroy()
        broker.destroy()
      } else client.write(renamed(bytes, brokerPort, proxy.port))
    })
    client.on('end', () => broker.end())
    broker.on('end', () => client.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.port = (server.address() as AddressInfo).port
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return proxy
}

/** The broker tells its own address in answers: host as a string, port as int32. The proxy's goes in its place. */
function renamed(bytes: Buffer, from: number, to: number): Buffer {
  const address = (port: number): Buffer => {
    const tail = Buffer.alloc(4)
    tail.writeInt32BE(port)
    return Buffer.concat([Buffer.from('127.0.0.1'), tail])
  }
  const at = bytes.indexOf(address(from))
  if (at < 0) return bytes
  const changed = Buffer.from(bytes)
  address(to).copy(changed, at)
  return changed
}
