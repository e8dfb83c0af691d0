/**
 * Tokens over a cluster that speaks TLS, as they are over one server (tokens.slow.test.ts): each good for 15 minutes there and 3 s here. Every node counts who came in with one that is
 * not good any more: connections that ask who has which slots, that listen, that come back after a failover. Its authority's file is another one at first.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, vi } from 'vitest'
import { readStoreSettings } from '../../cli/args/store-access.ts'
import { openStore } from '../../store/connection/connection.ts'
import { openReplicas } from '../../store/replicas.ts'
import { needs } from '../harness/needs.ts'
import { startSecuredStore } from '../harness/secured-store.ts'

vi.setConfig({ testTimeout: 90_000 })
const TOKEN_EVERY_MS = 500
const TOKENS_GOOD = 6
const MASTERS = 3
const patience = { timeout: 30_000, interval: 50 }
const { test } = needs('openssl', 'store-tls')

test('nobody comes in with a token of before, through a failover and what the client does by itself', async () => {
  const cluster = await startSecuredStore({ masters: MASTERS, replicas: 1, tls: true })
  onTestFinished(() => cluster.stop())
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-tokens-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [file, ca] = [join(folder, 'token'), join(folder, 'ca.pem')]
  copyFileSync(cluster.stranger, ca)
  const down = new Set<number>()
  const everywhere = (...command: [string, ...string[]]): Promise<unknown[]> =>
    Promise.all(cluster.ports.flatMap((_, n) => (down.has(n) ? [] : [cluster.ask(n, ...command)])))
  const good: string[] = []
  let issued = 0
  const issue = async (): Promise<void> => {
    const token = `token-${issued++}`
    good.push(token)
    const gone = good.length > TOKENS_GOOD ? [`<${good.shift()!}`] : issued === 1 ? ['resetpass'] : []
    await everywhere('ACL', 'SETUSER', 'app', ...gone, `>${token}`, '+ssubscribe')
    writeFileSync(file, `${token}\n`)
  }
  await issue()

  const settings = readStoreSettings(
    {
      store: `rediss+cluster://${cluster.nodes}`,
      'store-user': 'app',
      'store-password-file': file,
      'store-login-every': '1s',
      'store-ca': ca,
    },
    {},
  )
  const store = await openStore(settings)
  const replicas = openReplicas({ ...settings, store })
  onTestFinished(async () => {
    replicas.close()
    await store.close()
  })
  const code = await store.pipeline([['GET', 'tm:{a}']]).catch((error: { code: string }) => error.code)
  expect(code).toBe('STORE_TLS')
  copyFileSync(cluster.ca, ca)
  const ask = (key: string): Promise<string> =>
    store.pipeline([['INCR', key]]).then(
      ([reply]) => typeof reply,
      (error: { code: string }) => error.code,
    )
  const [first, second] = ['tm:{a}', 'tm:{b}']
  await expect.poll(() => ask(first), patience).toBe('number')
  const heard: string[] = []
  await store.subscribe('tm:{a}:wake', (message) => heard.push(message))
  await store.subscribe('tm:{b}:wake', (message) => heard.push(message))
  const logins = async (): Promise<number[]> =>
    (await everywhere('INFO', 'commandstats')).map((text) =>
      Number(/cmdstat_auth:calls=(\d+)/.exec(String(text))?.[1] ?? 0),
    )
  const before = await logins()

  const answers: string[] = []
  const over = new AbortController()
  onTestFinished(() => over.abort())
  const working = (async () => {
    for (let n = 0; n < 10_000 && !over.signal.aborted; n++) {
      answers.push(await ask(first), await ask(second))
      await replicas.each([['GET', first]], 'any', () => true)
      await sleep(20)
    }
  })()
  const reissuing = (async () => {
    for (; !over.signal.aborted; await sleep(TOKEN_EVERY_MS)) await issue()
  })()
  // Longer than a token lives, and than the client goes without asking for the slots.
  await sleep(5500)
  expect(answers.filter((one) => one !== 'number')).toEqual([])
  const after = await logins()
  // Each node was logged in to again about once a second, by the connection that lives.
  expect(after.every((count, n) => count - before[n]! >= 4)).toBe(true)

  down.add(0)
  await cluster.kill9(0)
  await expect
    .poll(async () => /role:master/.test(String(await cluster.ask(MASTERS, 'INFO', 'replication'))), patience)
    .toBe(true)
  const told = answers.length
  await expect
    .poll(() => answers.slice(told).filter((one) => one === 'number').length, patience)
    .toBeGreaterThan(50)
  const owner = async (key: string): Promise<void> => {
    heard.length = 0
    await expect
      .poll(async () => {
        for (let n = 1; n < cluster.ports.length; n++)
          await cluster.ask(n, 'SPUBLISH', `${key}:wake`, key).catch(() => null)
        return heard.includes(key)
      }, patience)
      .toBe(true)
  }
  await owner(first)
  await owner(second)
  over.abort()
  await Promise.all([working, reissuing])

  const refused = (await everywhere('ACL', 'LOG')) as unknown[][][]
  expect(refused.flat().map((entry) => entry.map(String).join(' '))).toEqual([])
  expect(new Set(answers)).not.toContain('STORE_ACCESS')
})
