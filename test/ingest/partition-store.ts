/** A store of one test file, and the workers that its tests start: they are stopped after each. */
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { PartitionWorker } from '../../ingest/partition.ts'
import { openStore, type Store } from '../../store/connection.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'

export let server: TestStore
export let store: Store
export const running: PartitionWorker[] = []

beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  await store.check()
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()))
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
})
