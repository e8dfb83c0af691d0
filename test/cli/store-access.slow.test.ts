/** A store with passwords, users and TLS under whole processes: they work, and where it does not let them in every answer and log line says why, without its secrets. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { startSecuredStore, type SecuredStore } from '../harness/secured-store.ts'
import { startTidemark, type RunningCommand } from '../harness/tidemark.ts'

const PATIENCE_MS = 60_000
/** Parts of the password as it is, as it stands in an address, and of the wrong one. */
const SECRETS = /S3cret|Pw@1|Pw%401|Wr0ng/
const REFUSED = 'does not take this user and password'
let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker()
})
afterAll(() => broker?.stop())

const kinds = [
  { name: 'one server, user and password in its address', masters: 0, tls: false },
  { name: 'a cluster, user and password in its address', masters: 2, tls: false },
  { name: 'a cluster with TLS and an authority of its own', masters: 2, tls: true },
] as const

for (const { name, masters, tls } of kinds) {
  const { describe: group } = tls ? needs('openssl', 'store-tls') : { describe }
  group(name, () => {
    let store: SecuredStore
    let pages: { serve: number; ingest: number }
    const running: RunningCommand[] = []
    const bodies: string[] = []
    /** The flags that find the store, with this user and password. */
    const reach = (login: string): string[] => [
      '--store',
      `redis${tls ? 's' : ''}${masters > 0 ? '+cluster' : ''}://${login}@${store.nodes}`,
      ...(tls ? ['--store-ca', store.ca] : []),
    ]
    const begin = (command: string, login: string, ...flags: string[]): RunningCommand => {
      const child = startTidemark([command, '--kafka', broker.address, ...reach(login), ...flags])
      running.push(child)
      return child
    }
    const get = async (port: number, path: string): Promise<{ status: number; text: string }> => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      bodies.push(await answer.text())
      return { status: answer.status, text: bodies.at(-1)! }
    }
    const login = (): string => `app:${encodeURIComponent(store.password)}`
    const becomes = (port: number, path: string, status: number, text: string) =>
      expect
        .poll(() => get(port, path), { timeout: PATIENCE_MS, interval: 100 })
        .toEqual({ status, text: expect.stringContaining(text) })
    const each = async (...command: [string, ...string[]]): Promise<void> => {
      for (const n of store.ports.keys()) await store.ask(n, ...command)
    }
    async function counts(path: string): Promise<void> {
      const sent = await fetch(`http://127.0.0.1:${pages.serve}/v1/events?source=clicks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'page_view', path, visitor: 'v', ts: Date.now() }),
      })
      expect(sent.status).toBe(202)
      await becomes(pages.serve, '/v1/top?metric=clicks.events&by=path&from=now-1h', 200, path)
    }

    beforeAll(async () => {
      store = await startSecuredStore({ masters, tls })
      pages = { serve: await freePort(), ingest: await freePort() }
      const serve = begin('serve', login(), '--port', String(pages.serve))
      const ingest = begin('ingest', login(), '--metrics-port', String(pages.ingest))
      await Promise.all([serve.until('serve ready'), ingest.until('ingest ready')])
    }, PATIENCE_MS)
    afterAll(async () => {
      await Promise.all(running.map((child) => child.stop()))
      await store?.stop()
    })

    test('what is sent is counted; a password changed under them, and a store that is down, are said and healed', async () => {
      await counts('/before')
      await each('ACL', 'SETUSER', 'app', 'resetpass', '>another')
      await each('CLIENT', 'KILL', 'USER', 'app')
      await becomes(pages.serve, '/readyz', 503, REFUSED)
      await becomes(pages.serve, '/v1/status', 503, REFUSED)
      await becomes(pages.serve, '/v1/catalog', 503, REFUSED)
      await becomes(pages.serve, '/v1/series?metric=clicks.events', 503, REFUSED)
      await becomes(pages.ingest, '/readyz', 503, REFUSED)
      await each('ACL', 'SETUSER', 'app', 'resetpass', `>${store.password}`)
      await becomes(pages.serve, '/readyz', 200, '')
      await counts('/between')
      for (const n of store.ports.keys()) await store.kill9(n)
      await becomes(pages.serve, '/readyz', 503, 'the store did not answer')
      await becomes(pages.serve, '/v1/status', 503, 'the store did not answer')
      await becomes(pages.ingest, '/readyz', 503, 'the store did not answer')
      for (const n of store.ports.keys()) await store.restart(n)
      await counts('/after')
      expect(running.map((child) => child.said()).join('\n') + bodies.join('\n')).not.toMatch(SECRETS)
    }, 180_000)

    test('a wrong password at the start: ingest ends as wrongly configured, serve says why', async () => {
      const port = await freePort()
      const serve = begin('serve', 'app:Wr0ng%2FPw', '--port', String(port))
      const ingest = begin('ingest', 'app:Wr0ng%2FPw')
      await serve.until('serve ready')
      await becomes(port, '/readyz', 503, REFUSED)
      await becomes(port, '/v1/status', 503, REFUSED)
      expect(await Promise.race([ingest.ended, sleep(PATIENCE_MS, 'still trying', { ref: false })])).toBe(78)
      expect(ingest.said()).toMatch(/^tidemark: the store does not take this user and password/m)
      expect(serve.said() + ingest.said() + bodies.join('\n')).not.toMatch(SECRETS)
    }, 120_000)
  })
}

test('a store whose name nobody knows: 503 with the reason, and no part of its address', async () => {
  const port = await freePort()
  const nowhere = 'redis+cluster://app:S3cretPw@no-such-host.invalid:6379'
  const serve = startTidemark([
    'serve',
    '--kafka',
    broker.address,
    '--port',
    String(port),
    '--store',
    nowhere,
  ])
  onTestFinished(async () => void (await serve.stop()))
  await serve.until('serve ready')
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  for (const path of ['/readyz', '/v1/status', '/v1/series?metric=clicks.events']) {
    const { status, text } = await get(path)
    expect({ status, text }).toEqual({ status: 503, text: expect.stringContaining('name') })
    expect(text).not.toMatch(/no-such-host|S3cret|app/)
  }
  expect(serve.said()).not.toMatch(SECRETS)
}, 60_000)
