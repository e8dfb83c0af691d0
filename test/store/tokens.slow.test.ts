/** Passwords that live for a short while, as a managed store hands them out: each is good for 15 minutes there and 3 s here, and a connection that did not log in again is ended after 12 hours there and 4 s here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { readStoreSettings } from '../../cli/args/store-access.ts'
import { openStore } from '../../store/connection/connection.ts'
import { startSecuredStore } from '../harness/secured-store.ts'
import { makeUsers } from '../harness/users.ts'

const TOKEN_EVERY_MS = 500
const TOKENS_GOOD = 6
const RUN_MS = 6500

test('tokens come and go, connections live on: nobody is refused and no connection begins anew', async () => {
  const server = await startSecuredStore()
  onTestFinished(() => server.stop())
  const users = await makeUsers(`redis://${server.nodes}`)
  onTestFinished(() => users.remove())
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-tokens-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'token')
  const good: string[] = []
  const issue = async (n: number): Promise<void> => {
    good.push(`token-${n}`)
    const gone = good.length > TOKENS_GOOD ? [`<${good.shift()!}`] : n === 0 ? ['resetpass'] : []
    await server.ask(0, 'ACL', 'SETUSER', 'app', ...gone, `>token-${n}`)
    writeFileSync(file, `token-${n}\n`)
  }
  await issue(0)

  const settings = readStoreSettings(
    {
      store: `redis://${server.nodes}`,
      'store-user': 'app',
      'store-password-command': `cat '${file}'`,
      'store-password-every': '1s',
      'store-login-every': '1s',
    },
    {},
  )
  const said: string[] = []
  const [living, late] = await Promise.all(
    [0, 1].map(() => openStore({ ...settings, log: (line) => said.push(line) })),
  )
  onTestFinished(async () => void (await Promise.all([living!.close(), late!.close()])))
  const idOf = async (store: typeof living): Promise<string> =>
    String(await store!.pipeline([['CLIENT', 'ID']]))
  const logins = async (): Promise<number> =>
    Number(/cmdstat_auth:calls=(\d+)/.exec(String(await server.ask(0, 'INFO', 'commandstats')))?.[1] ?? 0)
  const [id, before] = [await idOf(living), await logins()]

  const refused: string[] = []
  let done = 0
  const until = Date.now() + RUN_MS
  const working = (async () => {
    for (let n = 0; n < 100_000 && Date.now() < until; n++) {
      // The one that lives, and one that begins with the token of now.
      await living!.pipeline([['INCR', 'app:n']]).then(
        () => done++,
        (error: Error) => refused.push(error.message),
      )
      if (n % 20 === 0) {
        const fresh = await openStore(settings)
        await fresh.pipeline([['PING']]).catch((error: Error) => refused.push(error.message))
        await fresh.close()
      }
      await sleep(5)
    }
  })()
  for (let n = 1; Date.now() < until; n++) {
    await sleep(TOKEN_EVERY_MS)
    await issue(n)
  }
  await working
  expect(refused).toEqual([])
  expect(done).toBeGreaterThan(50)
  expect(await idOf(living)).toBe(id)
  // Each of the two connections logged in again at least every 4 s of the run.
  expect((await logins()) - before).toBeGreaterThanOrEqual(4)
  expect(said.join('\n')).not.toContain('token-')
}, 60_000)

test('how often the command is asked belongs to the command', () => {
  const code = (values: Record<string, string>): string => {
    try {
      readStoreSettings(values, {})
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(code({ 'store-password-every': '1m' })).toMatch(/is for --store-password-command/)
  expect(code({ 'store-password-every': '1ms', 'store-password-command': 'echo x' })).toMatch(
    /from 1s to 20d/,
  )
})
