/** What is wrong with the API itself: callers hear that, the log hears why. */
import { expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { Problem } from '../../../query-api/wire.ts'
import type { Store } from '../../../store/connection/connection.ts'

test('a fault of ours is 500 `internal`, without a word of its cause', async () => {
  const logged: string[] = []
  const broken = () => {
    throw new TypeError('10.0.0.7 is not iterable')
  }
  const app = await createServer({
    store: new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : broken) }) as Store,
    version: '0',
    pageDirectory: null,
    log: (line) => void logged.push(line),
  })
  const answer = await app.inject('/v1/catalog')
  expect([answer.statusCode, answer.json<Problem>().type]).toEqual([500, 'urn:tidemark:problem:internal'])
  expect(answer.body).not.toContain('10.0.0.7')
  expect(answer.headers['retry-after']).toBeUndefined()
  expect(logged.join()).toContain('10.0.0.7')
  await app.close()
})
