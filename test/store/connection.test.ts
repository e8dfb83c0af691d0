import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run as partitionCommand } from '../../cli/commands/partition.ts'
import { redact } from '../../cli/telemetry/redact.ts'
import { openStore } from '../../store/connection/connection.ts'
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
    n % 2 === 0 ? store.pipeline([['INCR', 'n']]) : store.each([['INCR', 'n']]),
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

test('a login that is refused says so, ends a command with 78, and its reason survives the hiding of secrets', async () => {
  const server = await startTestStore()
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-login-'))
  onTestFinished(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const set = await openStore({ url: server.url })
  await set.pipeline([['CONFIG', 'SET', 'requirepass', 'the-right-one']])
  const file = join(folder, 'password')
  const listed = (...flags: string[]): Promise<unknown> =>
    partitionCommand(['list', '--store', server.url, '--kafka', '127.0.0.1:1', ...flags]).catch(
      (error: unknown) => error,
    )
  const refused = { exitCode: 78, message: expect.stringContaining('does not take this user and password') }
  expect(await listed()).toMatchObject(refused)
  // The second is longer than what a server reads of one who has not logged in.
  for (const password of ['wrong', randomBytes(50_000).toString('hex')]) {
    writeFileSync(file, password)
    expect(await listed('--store-password-file', file)).toMatchObject(refused)
  }
  writeFileSync(file, 'wrong')
  const said = redact(((await listed('--store-password-file', file)) as Error).message)
  expect(said).toContain('WRONGPASS')
  await set.close()
})
