/** What the docs tell one to ask is asked, of a log of fixed events at a fixed time; docs/answers.md is what comes back. `--update` writes it anew. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { collector } from '../../../ingest/collector/collector.ts'
import { readDefinition } from '../../../model/definition/file.ts'
import { shipped } from '../../../model/shipped.ts'
import { endpoints } from '../../../query-api/endpoints/list.ts'
import { createServer } from '../../../query-api/http/server.ts'
import { store } from '../../harness/own-store.ts'
import { answerTo, documented } from './answers-page.ts'
import { Filler } from '../fill.ts'

const root = join(import.meta.dirname, '../../..')
const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
const MINUTE_MS = 60_000
/** Docs whose requests need no log to be read. */
const FILES = ['api.md', 'sessions.md', 'funnels.md']

let app: FastifyInstance
const example = parse(readFileSync(join(root, 'examples/sessions.yaml'), 'utf8')) as {
  sources: { web: object }
}
Object.assign(example.sources.web, { journeys: {}, retention: { visitors: { days: 3 } } })
const sources = [...readDefinition(shipped), ...readDefinition(example)]

/** Of the last two hours, oldest first. */
const events: Record<string, readonly object[]> = {
  clicks: Array.from({ length: 60 }, (_, n) => ({
    ts: NOW_MS - (120 - 2 * n) * MINUTE_MS,
    type: n % 4 === 3 ? 'purchase' : 'page_view',
    path: ['/', '/harbour/tides', '/tickets'][n % 3],
    country: ['DE', 'FR', 'DK', 'DE'][n % 4],
    device: n % 2 === 0 ? 'mobile' : 'desktop',
    visitor: `v${n % 7}`,
    ...(n % 4 === 3 && { amount: 12.5 + n }),
  })),
  readings: Array.from({ length: 40 }, (_, n) => ({
    ts: NOW_MS - (40 - n) * MINUTE_MS,
    device: `${n % 2 === 0 ? 'north' : 'south'}-${n < 36 ? n % 4 : 9}`,
    site: n % 2 === 0 ? 'north' : 'south',
    signal: n % 3 === 0 ? 'humidity' : 'temperature',
    value: 20 + (n % 5) / 2,
    unit: n % 3 === 0 ? '%' : '°C',
  })),
  web: [
    ...['a', 'b', 'f'].map((visitor) => ({
      ts: NOW_MS - 1500 * MINUTE_MS,
      visitor,
      type: 'page_view',
      path: '/',
      country: 'DE',
    })),
    ...['a', 'b', 'c', 'd', 'e'].flatMap((visitor, n) =>
      ['/', '/cart', '/pay', '/done']
        .slice(0, 1 + n)
        .map((path, step) => ({
          ts: NOW_MS - (100 - 10 * n - step) * MINUTE_MS,
          visitor,
          type: path === '/done' ? 'order' : 'page_view',
          path,
          country: n % 2 === 0 ? 'DE' : 'FR',
        })),
    ),
  ],
}

beforeAll(async () => {
  for (const source of sources) {
    const filler = new Filler(store, source, 1)
    await filler.open()
    const own = [...events[source.name]!].toSorted(
      (a, b) => (a as { ts: number }).ts - (b as { ts: number }).ts,
    )
    const texts = [...own.map((one) => JSON.stringify(one)), ...(source.name === 'clicks' ? ['broken'] : [])]
    await filler.applyBatch(0, texts, NOW_MS)
  }
  app = await createServer({
    store,
    version: '0',
    pageDirectory: null,
    now: () => NOW_MS,
    plugins: [
      collector({
        producer: {
          send: async (_, records) =>
            records.map((_one, at) => ({ partition: 0, baseOffset: 61, places: [at] })),
          close: async () => {},
        },
        sources,
        log: () => {},
      }),
    ],
  })
})
afterAll(async () => {
  await app?.close()
})

test('each request of the docs has its answer, and each endpoint has a request', async () => {
  const requests = documented(FILES)
  const parts = [
    `# Answers

What the requests of [api.md](api.md), [sessions.md](sessions.md) and [funnels.md](funnels.md) answer over a log of some dozen made-up events, at ${new Date(NOW_MS).toISOString()}.
Written by \`npx vitest run test/query-api/docs/answers-page.test.ts --update\`, which asks each of them of a real store; without \`--update\` the test compares. Long lists are told by their ends;
"(of this run)" stands for what the log does not decide, such as the memory of a store.
`,
  ]
  for (const request of requests) {
    const { pathname } = new URL(request.path, 'http://x')
    parts.push(
      `## ${request.method} ${pathname}\n\n\`\`\`\n${request.line}\n\`\`\`\n\n${await answerTo(app, request)}\n`,
    )
  }
  const asked = new Set(requests.map(({ method, path }) => `${method} ${new URL(path, 'http://x').pathname}`))
  const told = endpoints.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  // The document is docs/openapi.json; a change of a stream needs the name of one that is open.
  expect(told.filter((one) => !asked.has(one))).toEqual(['POST /v1/live', 'GET /v1/openapi.json'])
  await expect(parts.join('\n')).toMatchFileSnapshot(join(root, 'docs/answers.md'))
})
