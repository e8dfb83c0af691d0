/** For tests of large answers: a store with a wide source and an API over it, from import to the end of the test file. */
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { Problem } from '../../../query-api/wire.ts'
import { runProgram } from '../../harness/tidemark.ts'
import { TestEventSource } from '../event-source.ts'
import { Filler, testSource } from '../fill.ts'
import { store } from '../../harness/own-store.ts'
export { store } from '../../harness/own-store.ts'

export let app: FastifyInstance
export let base: string
export const open: { close(): void }[] = []
export const NAMES = 500
/** The widest question there is: 500 names, 5,000 windows of which nearly all are empty. */
export const WIDE = 'metric=wide.events&by=country&interval=15m&from=now-1249h&limit=500'

beforeAll(async () => {
  app = await createServer({ store, version: '0', pageDirectory: null })
  base = await app.listen({ host: '127.0.0.1', port: 0 })
  const filler = new Filler(store, testSource('wide', { '1s': '45m', '15m': '14d', '1h': '90d' }), 2)
  await filler.open()
  const now = Date.now()
  for (let n = 0; n < NAMES; n += 50)
    await filler.applyBatch(
      (n / 50) % 2,
      Array.from({ length: 50 }, (_, at) => ({ ts: now - 1000, country: `p${n + at}` })),
      now,
    )
  for (const partition of [0, 1]) await filler.applyBatch(partition, [], now)
})
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})
afterAll(async () => {
  await app?.close()
})

export const problem = (body: string): Problem => JSON.parse(body) as Problem
export const listen = (query: string): TestEventSource => {
  const source = new TestEventSource(`${base}/v1/live?q=${encodeURIComponent(query)}`)
  open.push(source)
  return source
}

export const spentMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

/** The most that this process computed between two turns of its loop while `work` ran, what it cost in all, and how much memory it took. CPU time: what else the machine does is no matter. */
export async function held<T>(
  work: () => Promise<T>,
): Promise<{ result: T; heldMs: number; cpuMs: number; grownBytes: number }> {
  globalThis.gc?.()
  const rss = process.memoryUsage.rss()
  let most = rss
  let heldMs = 0
  let last = process.cpuUsage()
  const timer = setInterval(() => {
    heldMs = Math.max(heldMs, spentMs(last))
    last = process.cpuUsage()
    most = Math.max(most, process.memoryUsage.rss())
  }, 5)
  const before = process.cpuUsage()
  const result = await work()
  const cpuMs = spentMs(before)
  clearInterval(timer)
  return { result, heldMs: Math.max(heldMs, spentMs(last)), cpuMs, grownBytes: most - rss }
}

/** Bytes of an answer, fetched by a process of its own: what the reader does is not what is measured. */
export async function bytesRead(url: string): Promise<number> {
  const code =
    'fetch(process.argv[1]).then(async (r) => { let n = 0; for await (const part of r.body) n += part.length; console.log(n) })'
  return Number(await runProgram(process.execPath, ['-e', code, url]))
}
