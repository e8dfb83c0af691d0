import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../store/connection/connection.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'

let server: TestStore
beforeAll(async () => {
  server = await startTestStore()
})
afterAll(async () => {
  await server?.stop()
})

/** A way to the store that, once told, takes the next command there and cuts the line instead of bringing the reply. */
async function cuttingWay(): Promise<{ port: number; cutNextReply(): void; close(): void }> {
  const sockets = new Set<Socket>()
  let cut = false
  const way: Server = createServer((near) => {
    const far = connect(server.port, '127.0.0.1')
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    near.on('data', (bytes) => far.write(bytes)).on('close', () => far.destroy())
    far
      .on('data', (bytes) => (cut ? ((cut = false), near.destroy()) : near.write(bytes)))
      .on('close', () => near.destroy())
  }).listen(0, '127.0.0.1')
  await once(way, 'listening')
  return {
    port: (way.address() as { port: number }).port,
    cutNextReply: () => {
      cut = true
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      way.close()
    },
  }
}

test('L3: a command whose reply was lost fails, and is never sent again by itself', async () => {
  const way = await cuttingWay()
  const store = await openStore({ url: `redis://127.0.0.1:${way.port}` })
  await store.pipeline([['SET', 'lost:n', 0]])
  way.cutNextReply()
  await expect(store.pipeline([['INCR', 'lost:n']])).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    retry: true,
  })
  const later = async (): Promise<string | null> =>
    store.pipeline([['GET', 'lost:n']]).then(
      ([value]) => String(value),
      () => null,
    )
  await expect.poll(later, { timeout: 5000 }).toBe('1')
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await later()).toBe('1')
  await store.close()
  way.close()
})
