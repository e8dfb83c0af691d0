/** `/v1/store` of a primary and its replica: both tell of themselves, and a user that may not ask for the slow log is told nothing, not "none". */
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { StoreAnswer } from '../../../query-api/wire.ts'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { memoryDuties } from '../../../store/keeper/duties.ts'
import { readSamples } from '../../../store/keeper/forecast.ts'
import { openNodeAsker, type NodeAsker } from '../../../store/node-asker.ts'
import { rights } from '../../../store/users/roles.ts'
import { needs } from '../../harness/needs.ts'
import { startTestStore, type TestStore } from '../../harness/store.ts'

const { test } = needs('store')
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 30_000, interval: 200 }
let servers: TestStore[] = []
let store: Store
let copy: Store
const open: (Store | NodeAsker)[] = []

beforeAll(async () => {
  servers = [await startTestStore(), await startTestStore()]
  ;[store, copy] = (await Promise.all(servers.map(({ url }) => openStore({ url })))) as [Store, Store]
  open.push(store, copy)
  await store.check()
  for (const one of [store, copy])
    await one.pipeline([
      ['ACL', 'SETUSER', 'looker', 'on', '>hush', ...rights.serve.split(' ')],
      ['CONFIG', 'SET', 'slowlog-log-slower-than', 0],
    ])
  await store.pipeline([['SET', 'app:secret', 'hush']])
  await copy.pipeline([
    ['CONFIG', 'SET', 'repl-diskless-sync-delay', 0],
    ['REPLICAOF', '127.0.0.1', servers[0]!.port],
  ])
})
afterAll(async () => {
  for (const one of open) await one.close()
  for (const server of servers) await server.stop()
})

const host = (at: number): string => `127.0.0.1:${servers[at]!.port}`

async function api(access: object) {
  const settings = { url: servers[0]!.url, access }
  const [mine, nodeAsker] = [await openStore(settings), openNodeAsker(settings)]
  open.push(mine, nodeAsker)
  const app = await createServer({
    store: mine,
    nodeAsker,
    storeAddress: settings.url,
    version: '1',
    pageDirectory: null,
  })
  return { read: async () => (await app.inject('/v1/store')).json<StoreAnswer>(), close: () => app.close() }
}

test('a replica tells what it holds and which of its calls were slow, without what they were called with', async () => {
  const { read, close } = await api({})
  await expect.poll(async () => (await read()).nodes[1], patience).toMatchObject({ state: 'up', keys: 1 })
  const { nodes, slow, memory } = await read()
  expect(nodes).toMatchObject([
    { node: host(0), role: 'primary' },
    { node: host(1), role: 'replica', state: 'up', keys: 1, disk: { isOn: true } },
  ])
  // What the replica holds is a copy: it is in no sum.
  expect(memory.usedBytes).toBe(nodes[0]!.usedBytes)
  expect(slow).toMatchObject({ overUs: 0, untold: [], off: [] })
  const told = await expect
    .poll(async () => new Set((await read()).slow.calls!.map(({ node }) => node)), patience)
    .toEqual(new Set([host(0), host(1)]))
    .then(read)
  expect(JSON.stringify(told)).not.toMatch(/hush|app:/)
  await close()
})

test('who may not ask is told so, and a server notes one refusal, not one a second', async () => {
  const { read, close } = await api({ user: 'looker', password: () => 'hush' })
  await expect.poll(async () => (await read()).slow.untold, patience).toContain(host(0))
  const asked = performance.now()
  await expect
    .poll(async () => {
      const { slow } = await read()
      expect(slow.calls).toBeNull()
      return performance.now() - asked
    }, patience)
    .toBeGreaterThan(2500)
  const [log] = (await store.pipeline([['ACL', 'LOG']])) as [unknown[][]]
  const refusals = log.map((entry) => entry.map(String))
  expect(
    refusals.map((entry) => [entry[entry.indexOf('object') + 1], entry[entry.indexOf('count') + 1]]),
  ).toEqual([['slowlog|get', '1']])
  await close()
})

test('the keeper weighs all keys between two samples, so that what they hold is known without a page that is open', async () => {
  await store.pipeline([['HSET', 'tm:{a/0~1}:g1:c:x', ...Array.from({ length: 400 }, (_, at) => `${at}`)]])
  const [memory, weighing] = memoryDuties(store, 'test', () => Date.now())
  const { signal } = new AbortController()
  await memory!.run(signal)
  await weighing!.run(signal)
  await memory!.run(signal)
  const [first, second] = await readSamples(store)
  expect(first!.kinds).toBeUndefined()
  expect(Object.keys(second!.kinds!).sort()).toEqual(['cells', 'other keys', 'positions and notes'])
  const sum = Object.values(second!.kinds!).reduce((all, one) => all + one, 0)
  expect(sum).toBe(second!.parts!.data)
  // The one that takes over goes by what was found before it.
  await memoryDuties(store, 'next', () => Date.now())[0]!.run(signal)
  expect((await readSamples(store)).at(-1)!.kinds).toBeDefined()
  const { read, close } = await api({})
  const { memory: told } = await read()
  expect(told.weighedShare).toBe(1)
  expect(told.kinds!.map(({ kind }) => kind)).toContain('cells')
  await close()
})
