/** A store server of this test file alone, and a connection to it: there before the hooks of the file, and until after them. */
import { afterAll, beforeAll, vi } from 'vitest'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { startTestStore, type TestStore } from './store.ts'

export let server: TestStore
export let store: Store

beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  await vi.waitFor(() => store.check(), { timeout: 30_000, interval: 100 })
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
})
