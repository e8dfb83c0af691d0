/** Whole processes as the users that are generated for them, on the oldest engine and the newest: real events are counted and read, and the keeper does its work. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { kafkajs } from '../../log/kafka/kafkajs-patches.ts'
import { afterAll, beforeAll, expect } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { locate, needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'
import { startSecuredStore, type SecuredStore } from '../harness/secured-store.ts'
import { startTidemark, runProgram, type RunningCommand } from '../harness/tidemark.ts'
import { makeUsers, type TestUsers } from '../harness/users.ts'
import { sessionsOf } from './doc-sessions.ts'

const PATIENCE_MS = 60_000
const root = resolve(import.meta.dirname, '../..')
const order = (id: string, at: string, customer: string, country: string, amount: number): string =>
  JSON.stringify({
    id,
    meta: { placedAt: `2026-05-01T${at}Z` },
    status: 'paid',
    channel: 'web',
    customer: { id: customer, address: { country } },
    payment: { amount, fee: 1 },
  })
const ORDERS = [
  order('o-1', '12:00:00', 'c-17', 'DE', 149.9),
  order('o-2', '12:00:10', 'c-18', 'FR', 20),
  order('o-3', '12:00:20', 'c-17', 'DE', 30),
]

for (const engine of ['store', 'valkey'] as const) {
  const { describe, test } = needs(engine, 'redis-cli')
  describe(`engine: ${engine}`, () => {
    let store: SecuredStore
    let broker: TestBroker
    let users: TestUsers
    let backups: string
    let port: number
    const running: RunningCommand[] = []

    beforeAll(async () => {
      ;[store, broker] = await Promise.all([
        startSecuredStore({ binary: locate(engine)! }),
        startTestBroker(),
      ])
      users = await makeUsers(`redis://${store.nodes}`)
      backups = mkdtempSync(join(tmpdir(), 'tidemark-as-users-'))
      const admin = new kafkajs.Kafka({
        brokers: [broker.address],
        logLevel: kafkajs.logLevel.NOTHING,
      }).admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] })
      await admin.disconnect()
      port = await freePort()
      const begin = (role: 'ingest' | 'serve', env: Record<string, string>, ...flags: string[]) => {
        const process = startTidemark(
          [
            role,
            '--kafka',
            broker.address,
            '--store',
            `redis://${store.nodes}`,
            '--store-user',
            role,
            '--store-password-file',
            users.passwordFile(role),
            '--definition',
            join(root, 'examples/orders.yaml'),
            ...flags,
          ],
          env,
        )
        running.push(process)
        return process
      }
      const ingest = begin('ingest', {
        TIDEMARK_BACKUP_EVERY: '1h',
        TIDEMARK_BACKUPS: join(backups, 'kept'),
        TIDEMARK_BACKUP_KEY_FILE: keyFile(backups),
        TIDEMARK_BACKUP_STORE_USER: 'backup',
        TIDEMARK_BACKUP_STORE_PASSWORD_FILE: users.passwordFile('backup'),
        TIDEMARK_STORE_BIN: locate(engine)!,
      })
      const serve = begin('serve', {}, '--port', String(port))
      await Promise.all([ingest.until('ingest ready'), serve.until('serve ready')])
      const producer = new kafkajs.Kafka({
        brokers: [broker.address],
        logLevel: kafkajs.logLevel.NOTHING,
      }).producer()
      await producer.connect()
      await producer.send({ topic: 'orders', messages: ORDERS.map((value) => ({ key: 'c', value })) })
      await producer.disconnect()
    }, PATIENCE_MS)
    afterAll(async () => {
      await Promise.all(running.map((child) => child.stop()))
      await Promise.all([store?.stop(), broker?.stop()])
      users?.remove()
      if (backups) rmSync(backups, { recursive: true, force: true })
    })

    test('events are counted and answered', async () => {
      const sum = async (): Promise<unknown> => {
        const answer = await fetch(
          `http://127.0.0.1:${port}/v1/top?metric=orders.revenue&by=country&from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z`,
        )
        return ((await answer.json()) as { rows?: unknown }).rows
      }
      await expect.poll(sum, { timeout: PATIENCE_MS }).toMatchObject([{ value: 179.9 }, { value: 20 }])
    }, 120_000)

    test('the status says what a crash of the server costs', async () => {
      const status = await fetch(`http://127.0.0.1:${port}/v1/status`)
      expect(await status.json()).toMatchObject({ store: [{ durability: 'durable' }] })
      await store.ask(0, 'CONFIG', 'SET', 'appendfsync', 'always')
      const after = await fetch(`http://127.0.0.1:${port}/v1/status`)
      expect(await after.json()).toMatchObject({ store: [{ durability: 'strict' }] })
      await store.ask(0, 'CONFIG', 'SET', 'appendfsync', 'everysec')
    })

    test('the keeper is in ingest, and does all of its duties', async () => {
      const [ingest] = running
      await ingest!.until('keeper: this process does the upkeep of the store')
      await expect
        .poll(() => store.ask(0, 'XLEN', 'tm:{keeper}:memory'), { timeout: PATIENCE_MS })
        .toBeGreaterThan(0)
      await expect
        .poll(async () => JSON.stringify(await store.ask(0, 'XRANGE', 'tm:events', '-', '+')), {
          timeout: PATIENCE_MS,
        })
        .toMatch(/restored once to see that it can be/)
      expect(readdirSync(join(backups, 'kept'))).toHaveLength(1)
      expect(ingest!.said()).not.toMatch(/may not do this|it is tried again/)
    }, 120_000)

    test('the sessions of docs/store.md, word for word', async () => {
      const sessions = sessionsOf(readFileSync(join(root, 'docs/store.md'), 'utf8'))
      expect(sessions.length).toBeGreaterThanOrEqual(3)
      for (const { user, exchanges } of sessions)
        for (const { command, reply } of exchanges) {
          const said = await runProgram(
            locate('redis-cli')!,
            [
              '--no-raw',
              '--no-auth-warning',
              '-p',
              `${store.ports[0]}`,
              '--user',
              user,
              '--pass',
              users.password(user),
            ],
            `${command}\n`,
          )
          // What engines word each in its own way is cut short on the page.
          const shown = reply.endsWith(' ...') ? `${said.slice(0, reply.length - 4)} ...` : said.trimEnd()
          expect([command, shown]).toEqual([command, reply])
        }
    }, 120_000)
  })
}

function keyFile(folder: string): string {
  const file = join(folder, 'key')
  writeFileSync(file, '0123456789abcdef'.repeat(4), { mode: 0o600 })
  return file
}
