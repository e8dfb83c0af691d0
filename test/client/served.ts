/** A small API with events in it, for tests of what asks it. */
import { afterAll, beforeAll } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { createServer } from '../../query-api/http/server.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { Filler, testSource, type Sent } from '../query-api/fill.ts'

export interface Served {
  readonly base: string
  readonly filler: Filler
  count(events: readonly Partial<Sent>[]): Promise<void>
}

/** One source `shop`, of one partition; `events` are counted before anything is asked. */
export function served(events: readonly Partial<Sent>[]): Served {
  let server: TestStore
  let store: Store
  let app: FastifyInstance
  let filler: Filler
  let base = ''
  const count = (more: readonly Partial<Sent>[]): Promise<void> =>
    filler.applyBatch(
      0,
      more.map((one) => ({ ts: Date.now() - 1, ...one })),
      Date.now(),
    )
  beforeAll(async () => {
    server = await startTestStore()
    store = await openStore({ url: server.url })
    filler = new Filler(store, testSource('shop'), 1)
    await filler.open()
    await count(events)
    app = await createServer({ store, version: '0', pageDirectory: null })
    base = await app.listen({ host: '127.0.0.1', port: 0 })
  }, 60_000)
  afterAll(async () => {
    await app?.close()
    await store?.close()
    await server?.stop()
  })
  return {
    get base() {
      return base
    },
    get filler() {
      return filler
    },
    count,
  }
}
