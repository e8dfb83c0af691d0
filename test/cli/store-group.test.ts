import { describe, expect, test } from 'vitest'
import { run } from '../../cli/commands/store.ts'
import { statusText } from '../../cli/commands/store/status.ts'
import { openStore } from '../../store/connection/connection.ts'
import { readStatus } from '../../store/topology/status.ts'
import { startTestStore } from '../harness/store.ts'

describe('tidemark store', () => {
  test('an act that is not there is named, with the nearest one', async () => {
    await expect(run(['statsu'])).rejects.toThrow(/no act "statsu"; did you mean "status"\?/)
    await expect(run([])).resolves.toBe(2)
  })

  test('status: what a primary keeps on disk, in one word; not known where it may not be asked', async () => {
    const server = await startTestStore()
    const store = await openStore({ url: server.url })
    try {
      await store.check()
      const [primary] = await readStatus(store)
      expect(primary).toMatchObject({ durability: 'durable', replicas: [], diskFault: null })
      expect(statusText([primary!])).toMatch(/primary .* durable +ok, without a replica/)
      await store.everywhere(['CONFIG', 'SET', 'appendfsync', 'always'])
      expect((await readStatus(store))[0]!.durability).toBe('strict')
      await store.everywhere(['CONFIG', 'SET', 'appendonly', 'no'])
      expect((await readStatus(store))[0]!.durability).toBe('cache')
      await store.everywhere(['ACL', 'SETUSER', 'default', '-config'])
      expect((await readStatus(store))[0]!.durability).toBe(null)
    } finally {
      await store.close()
      await server.stop()
    }
  })
})
