import { expect, test } from 'vitest'
import { openStore } from '../../store/connection.ts'
import { storeError } from '../../store/errors.ts'
import { freePort } from '../harness/ports.ts'
import { startTestStore } from '../harness/store.ts'

test('a store that was never up is closed at once, and whoever waited is told', async () => {
  const began = performance.now()
  const store = await openStore({ url: `redis://127.0.0.1:${await freePort()}` })
  const waiting = store.pipeline([['PING']])
  const refused = expect(waiting).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  await store.close()
  await refused
  expect(performance.now() - began).toBeLessThan(1500)
})

test('what is asked before the first connection is answered in order', async () => {
  const server = await startTestStore()
  const store = await openStore({ url: server.url })
  const answers = Array.from({ length: 20 }, (_, n) =>
    n % 2 === 0 ? store.pipeline([['INCR', 'n']]) : store.transaction([['INCR', 'n']]),
  )
  expect((await Promise.all(answers)).flat()).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  await store.close()
  await server.stop()
})

test('a function that the store does not have is named as that', async () => {
  const server = await startTestStore()
  const store = await openStore({ url: server.url })
  const refused: unknown = await store
    .pipeline([['FCALL', 'tm_never_loaded', 0]])
    .catch((error: unknown) => error)
  expect(storeError(refused)).toMatchObject({ code: 'STORE_NO_FUNCTIONS', retry: true })
  await store.close()
  await server.stop()
})
