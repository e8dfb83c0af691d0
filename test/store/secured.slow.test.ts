/** Stores with passwords, users and TLS, alone and as a cluster; and what is said where they do not let us in. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openStore, type Store, type StoreOptions } from '../../store/connection/connection.ts'
import { partitionKeys } from '../../store/keys.ts'
import { open } from '../../store/calls/open.ts'
import { needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { RIGHTS, startSecuredStore, type SecuredStore } from '../harness/secured-store.ts'
import { startTestStore } from '../harness/store.ts'

const identity = { cluster: 'c', topic: 't' }
let names = 0
/** All that a log would hold, and a store that writes into it. */
async function opened(options: StoreOptions): Promise<{ store: Store; said: string[] }> {
  const said: string[] = []
  const store = await openStore({ ...options, log: (line) => said.push(line) })
  onTestFinished(() => store.close())
  return { store, said }
}
/** Functions, pipelines, scans, INFO and a sharded channel on three partitions, which lie on different masters. */
async function works(store: Store): Promise<void> {
  await expect
    .poll(
      () =>
        store.check().then(
          () => true,
          (error: Error) => error.message,
        ),
      { timeout: 10_000 },
    )
    .toBe(true)
  const source = `s${names++}`
  for (const partition of [0, 1, 2]) {
    const keys = partitionKeys(source, partition, 1)
    const woken: string[] = []
    const stop = await store.subscribe(keys.wake, (message) => woken.push(message))
    expect(await open(store, keys, 5, 'def', identity)).toBe(true)
    await expect
      .poll(
        async () => {
          if (woken.length === 0) await store.pipeline([['SPUBLISH', keys.wake, 'up']])
          return woken.length
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0)
    expect(String(await store.pipeline([['HGET', keys.pos, 'next']]))).toBe('5')
    expect(
      (
        await store.pipeline([
          ['HSET', keys.pos, 'x', 1],
          ['HGET', keys.pos, 'x'],
        ])
      ).map(String),
    ).toEqual(['1', '1'])
    await stop()
  }
  const found: string[] = []
  for await (const page of store.scan(`tm:{${source}/*`)) found.push(...page)
  expect(new Set(found).size).toBe(3)
  expect((await store.info()).every(({ text }) => text.includes('used_memory:'))).toBe(true)
}

const kinds = [
  { name: 'one server', masters: 0, tls: false },
  { name: 'one server with TLS', masters: 0, tls: true },
  { name: 'a cluster', masters: 2, tls: false },
  { name: 'a cluster with TLS, users and an authority of its own', masters: 2, tls: true },
] as const

for (const { name, masters, tls } of kinds) {
  const { describe: group } = tls ? needs('openssl', 'store-tls') : { describe }
  group(name, () => {
    let server: SecuredStore
    let scheme: string
    let access: NonNullable<StoreOptions['access']>
    beforeAll(async () => {
      server = await startSecuredStore({ masters, tls })
      scheme = `redis${tls ? 's' : ''}${masters > 0 ? '+cluster' : ''}`
      access = tls ? { ca: readFileSync(server.ca, 'utf8') } : {}
    })
    afterAll(() => server?.stop())

    test('a user with the rights of docs/store.md does all that is done', async () => {
      await works(
        (
          await opened({
            url: `${scheme}://app:${encodeURIComponent(server.password)}@${server.nodes}`,
            access,
          })
        ).store,
      )
      await works(
        (
          await opened({
            url: `${scheme}://localhost:${server.ports[0]}`,
            access: { ...access, user: 'app', password: () => server.password },
          })
        ).store,
      )
      await works((await opened({ url: `${scheme}://:admin@${server.nodes}`, access })).store)
    })

    test('a wrong password is said once, without it, and tried again until it is right', async () => {
      let password = 'Wr0ng/Pass'
      const { store, said } = await opened({
        url: `${scheme}://app@${server.nodes}`,
        access: { ...access, password: () => password },
      })
      const asked = async (): Promise<{ code: string; text: string }> =>
        store.pipeline([['GET', 'tm:x']]).then(
          () => ({ code: '', text: '' }),
          (error: { code: string; message: string; says: string }) => ({
            code: error.code,
            text: error.message + error.says,
          }),
        )
      await expect.poll(async () => (await asked()).code, { timeout: 10_000 }).toBe('STORE_ACCESS')
      await new Promise((over) => setTimeout(over, 700))
      expect(said.filter((line) => line.includes('does not take this user and password'))).toHaveLength(1)
      expect(said.join('\n') + (await asked()).text).not.toMatch(/Wr0ng|S3cret|app/)
      password = server.password
      await expect.poll(async () => (await asked()).code, { timeout: 10_000 }).toBe('')
    })

    test('a password changed at the store and in the file is taken at the next connection', async () => {
      let password = server.password
      const { store } = await opened({
        url: `${scheme}://app@${server.nodes}`,
        access: { ...access, password: () => password },
      })
      await works(store)
      for (const n of server.ports.keys())
        await server.ask(n, 'ACL', 'SETUSER', 'app', 'resetpass', '>N3w:Pw')
      password = 'N3w:Pw'
      for (const n of server.ports.keys()) await server.ask(n, 'CLIENT', 'KILL', 'USER', 'app')
      await expect
        .poll(
          () =>
            store.pipeline([['GET', 'tm:x']]).then(
              () => true,
              () => false,
            ),
          { timeout: 10_000 },
        )
        .toBe(true)
      await works(store)
      for (const n of server.ports.keys())
        await server.ask(n, 'ACL', 'SETUSER', 'app', 'resetpass', `>${server.password}`)
    })

    test('a right that is taken away is an outage, not damage', async () => {
      const { store } = await opened({
        url: `${scheme}://app@${server.nodes}`,
        access: { ...access, password: () => server.password },
      })
      await works(store)
      const keys = partitionKeys(`r${names++}`, 0, 1)
      for (const n of server.ports.keys()) await server.ask(n, 'ACL', 'SETUSER', 'app', '-fcall')
      await expect(open(store, keys, 0, 'def', identity)).rejects.toMatchObject({
        code: 'STORE_NOT_ALLOWED',
        retry: true,
      })
      for (const n of server.ports.keys()) await server.ask(n, 'ACL', 'SETUSER', 'app', '+fcall')
      await expect
        .poll(() => open(store, keys, 0, 'def', identity).catch(() => null), { timeout: 10_000 })
        .toBe(true)
    })

    if (tls)
      test('a certificate of a stranger, and no TLS where there must be, are said as what they are', async () => {
        const untrusted = await opened({
          url: `${scheme}://app@${server.nodes}`,
          access: { ca: readFileSync(server.stranger, 'utf8'), password: () => server.password },
        })
        await expect
          .poll(
            () => untrusted.store.pipeline([['GET', 'tm:x']]).catch((error: { code: string }) => error.code),
            { timeout: 10_000 },
          )
          .toBe('STORE_TLS')
        const clear = await opened({
          url: `${scheme.replace('rediss', 'redis')}://app@${server.nodes}`,
          access: { password: () => server.password },
        })
        await expect(clear.store.pipeline([['GET', 'tm:x']])).rejects.toMatchObject({
          retry: true,
          code: expect.stringMatching(/^STORE_(UNREACHABLE|REFUSED|TLS)$/),
        })
        expect([...untrusted.said, ...clear.said].join('\n')).not.toContain('S3cret')
      })

    if (masters > 0)
      test('a master that is away makes no smaller list of keys', async () => {
        const { store } = await opened({
          url: `${scheme}://app@${server.nodes}`,
          access: { ...access, password: () => server.password },
        })
        await works(store)
        const all = async (): Promise<string> => {
          const found: string[] = []
          for await (const page of store.scan('tm:*')) found.push(...page)
          return String(found.length)
        }
        const before = await all()
        await server.kill9(1)
        await expect
          .poll(() => all().catch((error: { code: string }) => error.code), { timeout: 10_000 })
          .toMatch(/^STORE_/)
        for (let n = 0; n < 20; n++)
          expect(await all().catch((error: { code: string }) => error.code)).toMatch(/^STORE_/)
        await server.restart(1)
        await expect.poll(() => all().catch(() => ''), { timeout: 15_000 }).toBe(before)
      })
  })
}

test('docs/store.md names the rights that are enough', () => {
  expect(readFileSync(new URL('../../docs/store.md', import.meta.url), 'utf8')).toContain(
    `ACL SETUSER app on >PASSWORD ${RIGHTS}\n`,
  )
})

test('a store whose name nobody knows, a port where nobody is, a cluster that is none, a database that is not there', async () => {
  const server = await startTestStore()
  onTestFinished(() => server.stop())
  const code = async (url: string): Promise<string> => {
    const { store, said } = await opened({ url, deadlineMs: 2000 })
    const found = await store.pipeline([['GET', 'tm:x']]).then(
      () => '',
      (error: { code: string; message: string }) =>
        error.code + (error.message.includes('S3cret') ? ' and the password' : ''),
    )
    expect(said.join('\n')).not.toContain('S3cret')
    return found
  }
  const port = await freePort()
  expect(await code('redis://app:S3cret@no-such-host.invalid:6379')).toBe('STORE_UNKNOWN_HOST')
  expect(await code('redis+cluster://app:S3cret@no-such-host.invalid:6379')).toBe('STORE_UNKNOWN_HOST')
  expect(await code(`redis://app:S3cret@127.0.0.1:${port}`)).toBe('STORE_UNREACHABLE')
  expect(await code(`redis+cluster://app:S3cret@127.0.0.1:${port}`)).toBe('STORE_UNREACHABLE')
  expect(await code(`redis+cluster://127.0.0.1:${server.port}`)).toBe('STORE_UNSUITABLE')
  expect(await code(`redis://127.0.0.1:${server.port}/99`)).toBe('STORE_UNSUITABLE')
})
