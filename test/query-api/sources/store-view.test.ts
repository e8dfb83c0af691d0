/** `/v1/store` of a real server: what it tells to whom, and what stands while the store is away. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { StatusAnswer, StoreAnswer } from '../../../query-api/wire.ts'
import { addEvent } from '../../../store/keeper/events.ts'
import { addSample } from '../../../store/keeper/forecast.ts'
import { needs } from '../../harness/needs.ts'
import { server, store } from '../../harness/own-store.ts'

const { test } = needs('store')

let open: FastifyInstance
let local: FastifyInstance
const nowMs = Date.now()

beforeAll(async () => {
  await store.check()
  const options = { store, version: '1', pageDirectory: null, now: () => nowMs }
  open = await createServer(options)
  local = await createServer({
    ...options,
    storeAddress: server.url,
    listBackups: async () => ({
      everyMs: 60_000,
      place: '/srv/backups',
      kept: [{ name: '20261127T093117Z-01b0', takenAtMs: 1, tookMs: 2, bytes: 3, keys: 4, verifiedMs: 5 }],
    }),
  })
  await addEvent(store, {
    kind: 'node',
    text: `${new URL(server.url).host} was started again`,
    by: 'serve box 7',
  })
  for (let minute = -60; minute <= 0; minute += 10) await addSample(store, nowMs + minute * 60_000)
})
afterAll(async () => {
  await Promise.all([open?.close(), local?.close()])
})

const ask = async <T>(app: FastifyInstance, url: string): Promise<{ text: string; json: T }> => {
  const { body, statusCode } = await app.inject(url)
  expect(statusCode).toBe(200)
  return { text: body, json: JSON.parse(body) as T }
}

test('nodes, memory, calls and events; addresses only where nobody else can call', async () => {
  const host = new URL(server.url).host
  const { json } = await ask<StoreAnswer>(local, '/v1/store')
  expect(json).toMatchObject({
    isAway: false,
    kind: 'single',
    address: server.url,
    slotsCovered: null,
    nodes: [{ node: host, role: 'primary', shard: 1, state: 'up' }],
    backups: { place: '/srv/backups', kept: [{ verifiedMs: 5 }] },
    events: [{ kind: 'node', text: `${host} was started again`, by: 'serve box 7' }],
    rewinds: [],
  })
  expect(json.memory.samples).toHaveLength(7)
  for (const { parts, usedBytes } of json.memory.samples!)
    expect(Object.values(parts!).reduce((sum, one) => sum + one, 0)).toBe(usedBytes)
  expect(json.memory.forecast?.sinceMs).toBe(nowMs - 3_600_000)
  expect(json.memory.kinds!.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(json.memory.usedBytes)
  expect(json.calls!.map(({ command }) => command)).toContain('info')

  const port = new URL(server.url).port
  for (const url of ['/v1/store', '/v1/status']) {
    const { text } = await ask(open, url)
    for (const secret of ['127.0.0.1', `:${port}`, 'box', '/srv']) expect(text, url).not.toContain(secret)
  }
  expect((await ask<StoreAnswer>(open, '/v1/store')).json).toMatchObject({
    nodes: [{ node: 'node 1' }],
    backups: null,
    events: [{ text: 'node 1 was started again', by: 'serve' }],
  })
  expect((await ask<StatusAnswer>(open, '/v1/status')).json.store).toMatchObject([{ node: 'node 1' }])
})

test('of a store that is away it tells what that said last, and that it is away', async () => {
  await server.stop()
  await expect
    .poll(async () => (await ask<StoreAnswer>(local, '/v1/store')).json.isAway, { timeout: 20_000 })
    .toBe(true)
  const { json } = await ask<StoreAnswer>(local, '/v1/store')
  expect(json.nodes).toHaveLength(1)
  expect(json.events).toHaveLength(1)
  expect(json.memory.samples).toHaveLength(7)
  // Nobody asked this one before: nothing is known, and nothing is made up.
  const fresh = await createServer({ store, version: '1', pageDirectory: null })
  expect((await fresh.inject('/v1/store')).statusCode).toBe(503)
  await fresh.close()
})
