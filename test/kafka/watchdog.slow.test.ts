/** A network that drops every packet and tells nobody: no end of a connection, no error, no answer. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startTestBroker } from '../harness/broker.ts'
import { startTestStore } from '../harness/store.ts'
import { startTidemark } from '../harness/tidemark.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

interface DroppingProxy {
  port: number
  dropping: boolean
  /** Bytes that went nowhere. */
  dropped: number
  close(): Promise<void>
}

/** Stands before a broker, under whose name it goes; takes connections and bytes while it drops, and passes nothing on. */
async function startProxy(brokerPort: number): Promise<DroppingProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1')
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => undefined).on('close', () => sockets.delete(from))
      from.on('data', (bytes) => {
        if (proxy.dropping) proxy.dropped += bytes.length
        else to.write(from === broker ? renamed(bytes) : bytes)
      })
      from.on('end', () => !proxy.dropping && to.end())
    }
  })
  /** The broker names itself in what it answers, and clients would go there directly. */
  const renamed = (bytes: Buffer): Buffer => {
    const named = (port: number): Buffer => {
      const tail = Buffer.alloc(4)
      tail.writeInt32BE(port)
      return Buffer.concat([Buffer.from('127.0.0.1'), tail])
    }
    const at = bytes.indexOf(named(brokerPort))
    return at < 0 ? bytes : Buffer.concat([bytes.subarray(0, at), named(proxy.port), bytes.subarray(at + 13)])
  }
  const proxy: DroppingProxy = {
    port: 0,
    dropping: false,
    dropped: 0,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.port = (server.address() as AddressInfo).port
  return proxy
}

test('a worker whose packets are dropped notices the silence and ends with an error, to be started again', async () => {
  const [broker, store] = await Promise.all([startTestBroker(), startTestStore()])
  closing.push(
    () => broker.stop(),
    () => store.stop(),
  )
  const proxy = await startProxy(broker.port)
  closing.push(() => proxy.close())
  const worker = startTidemark([
    'ingest',
    '--kafka',
    `127.0.0.1:${proxy.port}`,
    '--store',
    store.url,
    '--watchdog-ms',
    '6000',
    '--session-timeout-ms',
    '6000',
  ])
  closing.push(() => worker.stop())
  await worker.until('counting partitions 0, 1, 2, 3')
  const simulator = startTidemark(['simulate', '--count', '200', '--kafka', broker.address])
  expect(await simulator.ended).toBe(0)
  proxy.dropping = true
  expect(await worker.ended).toBe(1)
  expect(worker.said()).toMatch(/the consumer of (clicks|readings) was silent for \d+ s/)
  expect(proxy.dropped).toBeGreaterThan(0)
}, 60_000)
