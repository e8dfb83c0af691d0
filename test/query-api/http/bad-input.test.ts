import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collector } from '../../../ingest/collector/collector.ts'
import type { LogProducer } from '../../../log/log.ts'
import { createServer } from '../../../query-api/http/server.ts'
import { store } from '../../harness/own-store.ts'
import { questions } from './bad-input-query.ts'
import { records } from './bad-input-records.ts'
import { sending } from './bad-input-sending.ts'
import { settings } from './bad-input-settings.ts'
import { render } from './bad-input-table.ts'
import { Filler, testSource } from '../fill.ts'

let app: FastifyInstance
let filler: Filler
const source = testSource('web')
/** Takes everything; the log is not what is tested here. */
const producer: LogProducer = {
  send: async (_, records) => records.map((_, at) => ({ partition: 0, baseOffset: at, places: [at] })),
  close: async () => {},
}

beforeAll(async () => {
  app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    requestTimeoutMs: 1000,
    plugins: [collector({ producer, sources: [source], log: () => {} })],
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  filler = new Filler(store, source, 1)
  await filler.open()
  await applyBatch()
  const plant = new Filler(
    store,
    { ...testSource('plant'), entity: { onlineMs: 60_000, forgetMs: 86_400_000, budget: 100, last: null } },
    1,
  )
  await plant.open()
  await plant.applyBatch(
    0,
    [
      { ts: Date.now() - 1, visitor: 'a' },
      { ts: Date.now(), visitor: 'b' },
    ],
    Date.now(),
  )
})
afterAll(async () => {
  await app?.close()
})

async function applyBatch(): Promise<void> {
  await filler.applyBatch(0, [{ ts: Date.now(), country: 'DE', visitor: 'v' }], Date.now())
}

/** Rows run beside each other; what is applied, is applied one after the other. */
let applied: Promise<void> = Promise.resolve()
function inTurn(work: () => Promise<void>): () => Promise<void> {
  return () => (applied = applied.then(work))
}

async function manyNames(): Promise<void> {
  for (let n = 0; n < 500; n += 50)
    await filler.applyBatch(
      0,
      Array.from({ length: 50 }, (_, at) => ({ ts: Date.now(), country: `c${n + at}`, visitor: 'v' })),
      Date.now(),
    )
}

const sections = [
  questions(() => app, inTurn(applyBatch), inTurn(manyNames)),
  sending(() => app),
  records(),
  settings(),
]

for (const { title, rows } of sections)
  describe(title, () => {
    test.concurrent.each(rows.map((row) => [row.input, row] as const))('%s', async (_, { does, code }) =>
      expect(await does()).toBe(code),
    )
  })

test('after all of it everything still answers, and the page says what was seen', async () => {
  expect((await app.inject('/v1/series?metric=web.events')).statusCode).toBe(200)
  await expect(render(sections)).toMatchFileSnapshot(join(import.meta.dirname, '../../../docs/bad-input.md'))
})
