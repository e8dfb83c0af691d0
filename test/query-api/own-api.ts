/** The API of this test file, over a store of its own: there before the hooks of the file, and until after them. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createServer } from '../../query-api/http/server.ts'
import type { Problem } from '../../query-api/wire.ts'
import { store } from '../harness/own-store.ts'

export let app: FastifyInstance
/** What time it is for the API. */
export const clock = { nowMs: 0 }

beforeAll(async () => {
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => clock.nowMs })
})
afterAll(() => app?.close())

/** As text. Throws what it is refused with. */
export async function bodyOf(url: string): Promise<string> {
  const { statusCode, body } = await app.inject(url)
  if (statusCode !== 200) throw new Error(body)
  return body
}
export const answerOf = async <A>(url: string): Promise<A> => JSON.parse(await bodyOf(url)) as A

/** Each query is refused with a status and a text that says so. */
export function testRefused(path: string, queries: readonly [query: string, status: number, says: string][]) {
  test.each(queries)('%s is refused', async (query, status, says) => {
    const response = await app.inject(`${path}?${query}`)
    expect([response.statusCode, response.json<Problem>().detail]).toEqual([
      status,
      expect.stringContaining(says),
    ])
  })
}
