/** Users with the least rights: what each may do, what it may not, and passwords that change while everything runs. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readStoreSettings } from '../../cli/args/store-access.ts'
import { run } from '../../cli/commands/store/users.ts'
import { openStore, type Store, type StoreOptions } from '../../store/connection/connection.ts'
import { partitionKeys } from '../../store/keys.ts'
import { open } from '../../store/calls/open.ts'
import { testRights } from '../../store/users/self-test.ts'
import { startSecuredStore, type SecuredStore } from '../harness/secured-store.ts'

let server: SecuredStore
let folder: string
let url: string
const printed: string[] = []

/** The command, as an operator: the administrator's password in a file. */
async function users(...args: string[]): Promise<number> {
  const { write } = process.stdout
  process.stdout.write = ((text: string) => printed.push(text) > 0) as typeof write
  try {
    const admin = join(folder, 'root.password')
    writeFileSync(admin, 'admin\n')
    return await run([
      ...args,
      '--store',
      url,
      '--store-password-file',
      admin,
      '--passwords',
      join(folder, 'users'),
    ])
  } finally {
    process.stdout.write = write
  }
}
const passwordOf = (user: string): string =>
  readFileSync(join(folder, 'users', `${user}.password`), 'utf8').trim()

async function as(user: string, access: Partial<StoreOptions['access']> = {}): Promise<Store> {
  const store = await openStore({ url, access: { user, password: () => passwordOf(user), ...access } })
  onTestFinished(() => store.close())
  return store
}

beforeAll(async () => {
  server = await startSecuredStore()
  url = `redis://${server.nodes}`
  folder = mkdtempSync(join(tmpdir(), 'tidemark-users-'))
  expect(await users('--apply')).toBe(0)
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('passwords are in files of their owner, and nowhere else', async () => {
  for (const user of ['ingest', 'serve', 'app', 'backup', 'endpoint']) {
    expect(statSync(join(folder, 'users', `${user}.password`)).mode & 0o777).toBe(0o600)
    expect(passwordOf(user)).toMatch(/^[\w-]{43}$/)
  }
  expect(existsSync(join(folder, 'users', 'admin.password'))).toBe(false)
  printed.length = 0
  await users()
  expect(printed.join('')).toMatch(
    /^ACL SETUSER ingest on #[0-9a-f]{64} resetkeys resetchannels nocommands ~tm:\*/,
  )
  for (const user of ['ingest', 'app']) expect(printed.join('')).not.toContain(passwordOf(user))
  expect(await server.ask(0, 'ACL', 'LIST')).not.toContain(passwordOf('app'))
})

describe('ingest and serve', () => {
  const keys = partitionKeys('roles', 0, 1)

  test('each does its work, and its self-test passes', async () => {
    const [ingest, serve] = [await as('ingest'), await as('serve')]
    await ingest.check()
    await testRights(ingest, 'ingest')
    expect(await open(ingest, keys, 5, 'def', { cluster: 'c', topic: 't' })).toBe(true)
    await testRights(serve, 'serve')
    expect(String(await serve.pipeline([['HGET', keys.pos, 'next']]))).toBe('5')
    const heard: string[] = []
    await serve.subscribe(keys.wake, (message) => heard.push(message))
    await ingest.pipeline([['SPUBLISH', keys.wake, 'up']])
    await expect.poll(() => heard, { timeout: 5000 }).toEqual(['up'])
    expect(await server.ask(0, 'KEYS', 'tm:{self-test*')).toEqual([])
  })

  test('a user that lacks something hears what, and for which role, in one sentence', async () => {
    const serve = await as('serve')
    await expect(testRights(serve, 'ingest')).rejects.toThrow(
      /may not do this.*: it lacks hdel, zrem, zadd, xadd, xtrim, unlink, del, spublish, function, hset on its keys; tidemark store users --role ingest/,
    )
    await expect(testRights(await as('app'), 'serve')).rejects.toMatchObject({ code: 'STORE_NOT_ALLOWED' })
  })
})

const denied: readonly (readonly [user: string, ...command: string[]])[] = [
  ['serve', 'HSET', 'tm:x', 'f', 'v'],
  ['serve', 'DEL', 'tm:x'],
  ['serve', 'FCALL', 'f', '0'],
  ['serve', 'FUNCTION', 'FLUSH'],
  ['serve', 'GET', 'app:x'],
  ['serve', 'FLUSHALL'],
  ['ingest', 'SET', 'app:x', '1'],
  ['ingest', 'FLUSHALL'],
  ['ingest', 'FUNCTION', 'FLUSH'],
  ['ingest', 'FUNCTION', 'DELETE', 'tidemark'],
  ['ingest', 'CONFIG', 'SET', 'maxmemory', '1'],
  ['ingest', 'ACL', 'LIST'],
  ['ingest', 'KEYS', '*'],
  ['ingest', 'CLIENT', 'KILL', 'TYPE', 'normal'],
  ['app', 'GET', 'tm:x'],
  ['app', 'SET', 'tm:x', '1'],
  ['app', 'RENAME', 'app:x', 'tm:x'],
  ['app', 'COPY', 'tm:x', 'app:x'],
  ['app', 'EVAL', "return redis.call('GET', 'tm:x')", '0'],
  ['app', 'EVAL', "return redis.call('SET', KEYS[1], '1')", '1', 'tm:x'],
  ['app', 'PUBLISH', 'tm:x', '1'],
  ['app', 'FUNCTION', 'FLUSH'],
  ['app', 'FUNCTION', 'LOAD', 'REPLACE', '#!lua name=x\n'],
  ['app', 'SCRIPT', 'FLUSH'],
  ['app', 'FLUSHDB'],
  ['app', 'SWAPDB', '0', '1'],
  ['app', 'KEYS', '*'],
  ['app', 'CONFIG', 'GET', '*'],
  ['app', 'SAVE'],
  ['app', 'REPLICAOF', 'NO', 'ONE'],
  ['app', 'SHUTDOWN'],
  ['app', 'CLIENT', 'KILL', 'TYPE', 'normal'],
  ['app', 'MONITOR'],
  ['backup', 'SET', 'tm:x', '1'],
  ['backup', 'FLUSHALL'],
  ['backup', 'RESTORE', 'x', '0', 'y'],
  ['endpoint', 'GET', 'app:x'],
  ['endpoint', 'SET', 'app:x', '1'],
  ['endpoint', 'CONFIG', 'GET', '*'],
]

test.each(denied)('%s may not %s %s', async (user, ...command) => {
  const store = await as(user)
  const words = command as [string, ...string[]]
  await expect(store.pipeline([words])).rejects.toMatchObject({
    code: words[0] === 'EVAL' ? expect.stringMatching(/STORE_(NOT_ALLOWED|REFUSED)/) : 'STORE_NOT_ALLOWED',
  })
})

test('app does its work: every type, scripts, transactions, messages', async () => {
  const store = await as('app')
  const commands: [string, ...string[]][] = [
    ['SET', 'app:s', '1'],
    ['HSET', 'app:h', 'f', 'v'],
    ['ZADD', 'app:z', '1', 'm'],
    ['XADD', 'app:x', '*', 'f', 'v'],
    ['PFADD', 'app:p', 'a'],
    ['GEOADD', 'app:g', '1', '1', 'm'],
    ['SETBIT', 'app:b', '7', '1'],
    ['LPUSH', 'app:l', '1'],
    ['EVAL', "return redis.call('INCR', KEYS[1])", '1', 'app:s'],
    ['MULTI'],
    ['INCR', 'app:s'],
    ['EXEC'],
    ['PUBLISH', 'app:news', '1'],
    ['SCAN', '0'],
  ]
  expect(await store.pipeline(commands)).toHaveLength(commands.length)
})

test('a rotation: nobody is refused while two passwords are good, and the old one ends when it is retired', async () => {
  const before = passwordOf('app')
  const refused: string[] = []
  const load = { isOver: false }
  const working = (async () => {
    for (let n = 0; n < 20_000 && !load.isOver; n++) {
      const store = await openStore({ url, access: { user: 'app', password: () => passwordOf('app') } })
      await store.pipeline([['INCR', 'app:rotation']]).catch((error: Error) => refused.push(error.message))
      await store.close()
    }
  })()
  await users('--role', 'app', '--apply', '--rotate')
  const after = passwordOf('app')
  expect(after).not.toBe(before)
  const login = (password: string) =>
    openStore({ url, access: { user: 'app', password: () => password } }).then(async (store) => {
      const answer = await store.pipeline([['PING']]).catch((error: { code: string }) => error.code)
      await store.close()
      return String(answer)
    })
  expect([await login(before), await login(after)]).toEqual(['PONG', 'PONG'])
  await users('--role', 'app', '--apply', '--retire')
  expect([await login(before), await login(after)]).toEqual(['STORE_ACCESS', 'PONG'])
  load.isOver = true
  await working
  expect(refused).toEqual([])
})

test('a password of a command: asked at start, its faults said at once; a connection logs in again with the one of then', async () => {
  const file = join(folder, 'token')
  writeFileSync(file, passwordOf('app'))
  const settings = readStoreSettings(
    { store: url, 'store-user': 'app', 'store-password-command': `cat ${file}`, 'store-login-every': '1s' },
    {},
  )
  expect(settings.access!.password!()).toBe(passwordOf('app'))
  for (const command of ['exit 3', 'true', 'echo s3cret; exit 1'])
    expect(() => readStoreSettings({ store: url, 'store-password-command': command }, {})).toThrow(
      /^--store-password-command: it ended with \d+ and (no|a) password on its output\.$/,
    )
  // A file that changes: the connection that lives takes the new password, before the old one is gone.
  writeFileSync(file, `${passwordOf('app')}\n`)
  const read = readStoreSettings(
    { store: url, 'store-user': 'app', 'store-password-file': file, 'store-login-every': '1s' },
    {},
  )
  const store = await openStore(read)
  onTestFinished(() => store.close())
  await store.pipeline([['PING']])
  const stats = async (): Promise<number> =>
    Number(/cmdstat_auth:calls=(\d+)/.exec(String(await server.ask(0, 'INFO', 'commandstats')))?.[1] ?? 0)
  const logins = await stats()
  await expect.poll(stats, { timeout: 10_000 }).toBeGreaterThan(logins)
  // One that cannot log in again begins anew, and is then refused instead of living on.
  writeFileSync(file, 'another\n')
  await expect
    .poll(() => store.pipeline([['PING']]).catch((error: { code: string }) => error.code), {
      timeout: 10_000,
    })
    .toBe('STORE_ACCESS')
  writeFileSync(file, `${passwordOf('app')}\n`)
  await expect
    .poll(async () => String(await store.pipeline([['PING']]).catch(() => '')), { timeout: 10_000 })
    .toBe('PONG')
})
