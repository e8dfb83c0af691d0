/** Secrets stay where they were put: everything that the system says and writes, and the command line of every process, is searched for them, in good days and in bad ones. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { locate, needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { startSecuredStore, type SecuredStore } from '../harness/secured-store.ts'
import { startTidemark, type RunningCommand } from '../harness/tidemark.ts'
import { makeUsers, type TestUsers } from '../harness/users.ts'

const { describe, test } = needs('valkey')
const root = resolve(import.meta.dirname, '../..')
const PATIENCE_MS = 90_000
const KEY = '5ec4e7'.repeat(11).slice(0, 64)

describe('marked secrets', () => {
  let folder: string
  let store: SecuredStore
  let broker: TestBroker
  let users: TestUsers
  const marks = new Map<string, string>([['key of backups', KEY]])
  const running: RunningCommand[] = []
  /** Of every process that was seen. */
  const lines = new Set<string>()
  let watch: NodeJS.Timeout

  const begin = (args: readonly string[], env: Record<string, string> = {}): RunningCommand => {
    const one = startTidemark(args, {
      TMPDIR: join(folder, 'tmp'),
      TIDEMARK_STORE_BIN: locate('valkey')!,
      ...env,
    })
    running.push(one)
    return one
  }
  const found = (text: string): string[] =>
    [...marks].filter(([, mark]) => text.includes(mark)).map(([name]) => name)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-secrets-'))
    mkdirSync(join(folder, 'tmp'))
    writeFileSync(join(folder, 'key'), KEY, { mode: 0o600 })
    ;[store, broker] = await Promise.all([
      startSecuredStore({ binary: locate('valkey')! }),
      startTestBroker(),
    ])
    users = await makeUsers(`redis://${store.nodes}`)
    for (const role of ['ingest', 'serve', 'backup', 'endpoint', 'app'] as const)
      marks.set(`password of ${role}`, users.password(role))
    marks.set('a wrong password', 'Wr0ng-5ec4et-Pa55w0rd')
    watch = setInterval(() => {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
        try {
          lines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        } catch {
          // it is over
        }
    }, 100)
  }, PATIENCE_MS)
  afterAll(async () => {
    clearInterval(watch)
    await Promise.all(running.map((one) => one.stop()))
    await Promise.all([store?.stop(), broker?.stop()])
    users?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  test(
    'a day with good passwords, wrong ones, a dead store, and servers that speak nonsense',
    async () => {
      const url = `redis://${store.nodes}`
      const definition = ['--kafka', broker.address, '--definition', join(root, 'examples/orders.yaml')]
      const [port, metrics] = [await freePort(), await freePort()]
      const ingest = begin(['ingest', ...definition, '--metrics-port', `${metrics}`], {
        TIDEMARK_STORE: url,
        TIDEMARK_STORE_USER: 'ingest',
        TIDEMARK_STORE_PASSWORD: users.password('ingest'),
      })
      // A password in an address comes by the variable.
      const serve = begin(['serve', ...definition, '--port', `${port}`], {
        TIDEMARK_STORE: `redis://serve:${users.password('serve')}@${store.nodes}`,
      })
      const endpoint = begin(['store', 'endpoint', '--port', '0'], {
        TIDEMARK_STORE: `redis://endpoint:${users.password('endpoint')}@${store.nodes}`,
      })
      await Promise.all([
        ingest.until('ingest ready'),
        serve.until('serve ready'),
        endpoint.until('ready on'),
      ])

      const access = [
        '--store',
        url,
        '--store-user',
        'backup',
        '--store-password-file',
        users.passwordFile('backup'),
      ]
      const kept = ['--to', join(folder, 'backups'), '--key-file', join(folder, 'key')]
      const wrong = {
        TIDEMARK_STORE: url,
        TIDEMARK_STORE_USER: 'serve',
        TIDEMARK_STORE_PASSWORD: marks.get('a wrong password')!,
      }
      const good = { ...wrong, TIDEMARK_STORE_PASSWORD: users.password('serve') }
      // Servers that are none: one answers with an error that repeats what it heard of a login, one with bytes.
      const sockets = new Set<Socket>()
      const heardByOthers: string[] = []
      const nonsense = await Promise.all(
        [
          (heard: Buffer) => `-ERR what is ${heard.toString('latin1').replace(/\r\n/g, ' ')}?\r\n`,
          () => '\0\u00ff@\r\n',
        ].map(async (say) => {
          const server = createServer((socket) => {
            sockets.add(socket)
            socket
              .on('error', () => undefined)
              .on('data', (heard) => {
                heardByOthers.push(heard.toString('latin1'))
                socket.write(say(heard), 'latin1')
              })
          })
          await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
          return server
        }),
      )
      const [echo, bytes] = nonsense.map((server) => ({
        ...wrong,
        TIDEMARK_STORE: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
      }))
      const once = [
        begin(['store', 'backup', ...access, ...kept]),
        begin(['store', 'status', '--json'], good),
        begin(['store', 'users', '--apply'], wrong),
        begin(['serve', '--print-config', ...definition], wrong),
        begin(['doctor'], echo),
        begin(['store', 'endpoint', '--port', '0'], echo),
        begin(['store', 'import', echo!.TIDEMARK_STORE], good),
        begin(['store', 'status'], bytes),
      ]
      const bad = begin(['serve', ...definition, '--port', '0'], wrong)
      await Promise.all(once.map(({ ended }) => ended))
      const answers = await Promise.all(
        ['/v1/status', '/v1/store', '/metrics', '/v1/catalog', '/readyz'].map(async (path) =>
          (await fetch(`http://127.0.0.1:${port}${path}`)).text(),
        ),
      )
      answers.push(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text())
      expect(once[0]!.said()).toMatch(/restored|verified|good/)

      await store.kill9(0)
      await expect
        .poll(() => serve.said() + ingest.said(), { timeout: PATIENCE_MS })
        .toMatch(/did not answer|unreachable|UNREACHABLE/)
      answers.push(await (await fetch(`http://127.0.0.1:${port}/v1/store`)).text())
      await store.restart(0)
      // A log-in that fails while everything runs.
      for (const user of ['serve', 'ingest', 'endpoint']) await store.ask(0, 'ACL', 'SETUSER', user, 'off')
      for (const user of ['serve', 'ingest', 'endpoint']) await store.ask(0, 'CLIENT', 'KILL', 'USER', user)
      await expect
        .poll(() => serve.said() + ingest.said(), { timeout: PATIENCE_MS })
        .toMatch(/does not take this user and password/)
      answers.push(await (await fetch(`http://127.0.0.1:${port}/v1/status`)).text())
      await Promise.all([...running].map((one) => (once.includes(one) ? one.ended : one.stop())))
      for (const server of nonsense) server.close()
      for (const socket of sockets) socket.destroy()

      expect(found(heardByOthers.join('\n'))).toEqual(['a wrong password'])
      for (const text of answers) expect(found(text)).toEqual([])
      for (const one of [...once, bad, ingest, serve, endpoint])
        expect([found(one.said()), one.said().length > 0]).toEqual([[], true])
    },
    2 * PATIENCE_MS,
  )

  test(
    'a store of our own: its password is in a file of its owner alone',
    async () => {
      const data = join(folder, 'own')
      const own = begin(['store-server', '--data', data, '--port', `${await freePort()}`])
      await own.until('ready')
      marks.set('password of our own store', readFileSync(join(data, 'password'), 'utf8').trim())
      expect(marks.get('password of our own store')!.length).toBeGreaterThan(20)
      await new Promise((done) => setTimeout(done, 300))
      await own.stop()
      expect(found(own.said())).toEqual([])
    },
    PATIENCE_MS,
  )

  test('nothing that was written holds one, and no command line did', () => {
    const holders: string[] = []
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, name)
      const at = statSync(file, { throwIfNoEntry: false })
      if (at?.isFile() && found(readFileSync(file, 'latin1')).length > 0) {
        holders.push(name)
        expect([name, at.mode & 0o077]).toEqual([name, 0])
      }
    }
    expect(holders.toSorted()).toEqual(['key', 'own/password'])
    expect(readdirSync(join(folder, 'backups')).length).toBeGreaterThan(0)
    expect(lines.size).toBeGreaterThan(5)
    expect([...lines].some((line) => line.includes('--store-password-file'))).toBe(true)
    expect([...lines].filter((line) => found(line).length > 0)).toEqual([])
  })
})
