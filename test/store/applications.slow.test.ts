/** The rest of an application beside Tidemark: docs/examples in both languages, as user `app`, on one server, on a cluster and through the durable endpoint. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, expect } from 'vitest'
import { application } from '../../docs/examples/application.ts'
import { startTestEndpoint, type TestEndpoint } from '../harness/endpoint.ts'
import { locate, needs } from '../harness/needs.ts'
import { startSecuredStore, type SecuredStore } from '../harness/secured-store.ts'
import { makeUsers, type TestUsers } from '../harness/users.ts'

const python = resolve(import.meta.dirname, '../../docs/examples/application.py')
const ANSWERS = {
  leaderboard: ['bob', '1300', 'ann', '1200'],
  session: ['ann', 'lives'],
  queue: ['ann', 'bob', '0 waiting'],
  news: 'sale',
  cached: ['made', 'found <h1>made</h1>'],
  cart: [3, 2, 0, 1],
  features: ['4', '41.5', null],
}

const kinds = [
  { name: 'one server, Redis 7.0 or what is there', engine: 'store', masters: 0, isEndpoint: false },
  { name: 'one server, Valkey', engine: 'valkey', masters: 0, isEndpoint: false },
  { name: 'a cluster', engine: 'valkey', masters: 3, isEndpoint: false },
  { name: 'the durable endpoint', engine: 'valkey', masters: 0, isEndpoint: true },
] as const

for (const { name, engine, masters, isEndpoint } of kinds) {
  const { describe, test } = needs(engine, 'python3')
  describe(name, () => {
    let server: SecuredStore
    let users: TestUsers
    let endpoint: TestEndpoint | null = null
    let port: number
    let client: Redis | Cluster

    beforeAll(async () => {
      server = await startSecuredStore({ binary: locate(engine)!, masters })
      users = await makeUsers(`redis${masters > 0 ? '+cluster' : ''}://${server.nodes}`)
      if (isEndpoint)
        endpoint = await startTestEndpoint(`redis://${server.nodes}`, {
          access: { user: 'endpoint', password: () => users.password('endpoint') },
        })
      port = endpoint?.port ?? server.ports[0]!
      const login = { username: 'app', password: users.password('app'), protocol: 2 as const }
      client =
        masters > 0
          ? new Cluster([{ host: '127.0.0.1', port }], { redisOptions: login })
          : new Redis(port, '127.0.0.1', login)
      client.on('error', () => undefined)
    })
    afterAll(async () => {
      client?.disconnect()
      await endpoint?.close(0)
      await server?.stop()
      users?.remove()
    })

    test('TypeScript and Python read the same, and leave keys of app: alone', async () => {
      expect(await application(client)).toEqual(ANSWERS)
      for (const at of server.ports.keys()) await server.ask(at, 'FLUSHALL')
      const { stdout } = await promisify(execFile)('python3', ['-B', python, '127.0.0.1', `${port}`], {
        env: { ...process.env, STORE_PASSWORD: users.password('app') },
      })
      expect(JSON.parse(stdout)).toEqual(ANSWERS)
      // Once more, on what is there already.
      expect(await application(client)).toMatchObject({ queue: ANSWERS.queue, news: ANSWERS.news })
      const keys = await Promise.all(server.ports.map((_, at) => server.ask(at, 'KEYS', '*')))
      expect((keys.flat() as string[]).every((key) => key.startsWith('app:'))).toBe(true)
    }, 60_000)

    test('tm: is closed to it, by every way', async () => {
      const ways: [string, ...string[]][] = [
        ['GET', 'tm:{x}'],
        ['SET', 'tm:{x}', '1'],
        ['DEL', 'tm:{x}'],
        ['RENAME', 'app:{x}', 'tm:{x}'],
        ['EVAL', "return redis.call('SET', KEYS[1], '1')", '1', 'tm:{x}'],
        ['XREAD', 'STREAMS', 'tm:{x}', '0'],
        ['PUBLISH', 'tm:x', '1'],
        ['FLUSHALL'],
        ['FUNCTION', 'FLUSH'],
      ]
      for (const [command, ...args] of ways)
        await expect(client.call(command, ...args), command).rejects.toThrow(/NOPERM|no permissions/i)
      if (client instanceof Redis)
        await expect(client.subscribe('tm:news')).rejects.toThrow(/NOPERM|no permissions/i)
    })
  })
}
