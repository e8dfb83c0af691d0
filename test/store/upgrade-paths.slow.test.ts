/** `tidemark store upgrade` where it is not our supervisor's cluster: nodes that a command of yours restarts, and one server by itself. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { openStore } from '../../store/connection/connection.ts'
import { newestEvents } from '../../store/keeper/events.ts'
import { readStatus } from '../../store/topology/status.ts'
import { freePort } from '../harness/ports.ts'
import { startSecuredStore } from '../harness/secured-store.ts'
import { storeBinaries } from '../harness/store.ts'
import { startTidemark } from '../harness/tidemark.ts'

vi.setConfig({ testTimeout: 120_000 })
const dir = mkdtempSync(join(tmpdir(), 'tidemark-upgrade-paths-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function upgrade(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | null; said: string }> {
  const running = startTidemark(['store', 'upgrade', ...args], env)
  return { code: await running.ended, said: running.said() }
}

test('nodes that are supervised elsewhere: a command restarts each, the replica first, and the primary hands over before', async () => {
  const server = await startSecuredStore({ masters: 1, replicas: 1 })
  const over = new AbortController()
  onTestFinished(async () => {
    over.abort()
    await server.stop()
  })
  const url = `redis+cluster://${server.nodes}`
  const env = { TIDEMARK_STORE: url, TIDEMARK_STORE_PASSWORD: 'admin' }
  const store = await openStore({ url, access: { password: () => 'admin' } })
  onTestFinished(() => store.close())
  await store.pipeline([['SET', 'app:{x}', 'kept']])
  const before = (await readStatus(store))[0]!

  const broken = await upgrade(env, '--restart-with', 'echo no right to do that >&2; exit 3')
  expect(broken).toMatchObject({
    code: 1,
    said: expect.stringMatching(/failed for .*no right to do that/) as string,
  })

  // What would be a service manager: it hears the port of the node that is to be restarted.
  const asked = join(dir, 'asked')
  const restarted: number[] = []
  const manager = (async () => {
    for (let looks = 0; looks < 10_000 && !over.signal.aborted; looks++) {
      const lines = existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : []
      const next = lines[restarted.length]
      if (next !== undefined) {
        const at = server.ports.indexOf(Number(next))
        await server.kill9(at)
        await server.restart(at)
        restarted.push(Number(next))
      }
      await sleep(20)
    }
  })()
  const done = await upgrade(
    env,
    '--restart-with',
    `echo "$TIDEMARK_NODE_PORT" >> '${asked}'`,
    '--wait',
    '1m',
  )
  expect(done.said).toMatch(/is primary no more/)
  expect(done).toMatchObject({
    code: 0,
    said: expect.stringContaining('2 of 2 nodes were changed') as string,
  })
  over.abort()
  await manager
  const portOf = (node: string): number => Number(node.split(':').at(-1))
  expect(restarted).toEqual([portOf(before.replicas[0]!.node), portOf(before.node)])
  await expect
    .poll(async () => (await readStatus(store))[0]!.node, { timeout: 30_000 })
    .toBe(before.replicas[0]!.node)
  expect(String(await store.pipeline([['GET', 'app:{x}']]))).toBe('kept')
  expect((await newestEvents(store, 1))[0]).toMatchObject({
    kind: 'act',
    text: expect.stringMatching(/restarted 2 nodes/) as string,
  })
})

test('one server under its supervisor: it is away while it starts, and runs the other program with its keys', async () => {
  const data = join(dir, 'store')
  const port = await freePort()
  const supervisor = startTidemark([
    'store-server',
    '--data',
    data,
    '--port',
    String(port),
    '--max-memory-mb',
    '32',
    '--binary',
    storeBinaries().server,
  ])
  onTestFinished(async () => void (await supervisor.stop()))
  await supervisor.until(' ready')
  const store = await openStore({
    url: `redis://127.0.0.1:${port}`,
    access: { password: () => readFileSync(join(data, 'password'), 'utf8').trim() },
  })
  onTestFinished(() => store.close())
  await store.pipeline([['SET', 'app:x', 'kept']])
  const bin = join(dir, 'valkey-server-new')
  symlinkSync(storeBinaries().server, bin)
  expect(await upgrade({}, '--data', data, '--bin', bin)).toMatchObject({ code: 0 })
  await expect
    .poll(() => store.info().then(([one]) => one!.text, String), { timeout: 30_000 })
    .toContain(`executable:${bin}`)
  expect(String(await store.pipeline([['GET', 'app:x']]))).toBe('kept')
})
