/** A store of one test file, and the workers that its tests start: they are stopped after each. */
import { afterEach } from 'vitest'
import type { PartitionWorker } from '../../ingest/partition.ts'

export { server, store } from '../harness/own-store.ts'
export const running: PartitionWorker[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()))
})
