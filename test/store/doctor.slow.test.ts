import { expect, test } from 'vitest'
import { openStore } from '../../store/connection/connection.ts'
import { examine } from '../../store/doctor.ts'
import { startTestStore } from '../harness/store.ts'

test('of a real server: each fault is seen while it is there, with what to do', async () => {
  const server = await startTestStore()
  const store = await openStore({ url: server.url })
  const seen = async (check: string): Promise<string> =>
    (await examine(store))
      .filter((one) => one.check === check && one.verdict !== 'ok')
      .map(({ verdict, todo }) => `${verdict}: ${todo}`)
      .join()
  try {
    await store.check()
    expect((await examine(store)).filter(({ verdict }) => verdict === 'fault')).toEqual([])
    expect(await seen('replicas')).toMatch(/^warning: add one/)
    for (const [setting, value, check, says] of [
      ['maxmemory-policy', 'allkeys-lru', 'policy', /^fault: CONFIG SET maxmemory-policy noeviction/],
      ['appendfsync', 'no', 'disk', /^warning: set/],
      ['maxmemory', '1', 'memory', /^warning: give it more memory/],
      ['maxmemory', '0', 'memory', /^warning: set it to what/],
    ] as const) {
      await store.everywhere(['CONFIG', 'SET', setting, value])
      expect(await seen(check), setting).toMatch(says)
      for (const [good, is] of [
        ['maxmemory', '0'],
        ['maxmemory-policy', 'noeviction'],
        ['appendfsync', 'everysec'],
      ] as const)
        await store.everywhere(['CONFIG', 'SET', good, is])
    }
  } finally {
    await store.close()
    await server.stop()
  }
})
