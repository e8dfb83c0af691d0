/**
 * Whatever a definition can say, said at once: computed fields, lookups from a file and from a topic, conditions on numbers, metrics that some breakdowns keep, derived ones,
 * sessions, funnels, retention and journeys. The whole system counts it, and the recount agrees with the store and with every answer of the API.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openProducer } from '../../log/kafka.ts'
import type { TopAnswer } from '../../query-api/wire.ts'
import { needs } from '../harness/needs.ts'
import { counted, LIMIT_MS, scratch, start, until, welcomed } from './running-up.ts'

const { test } = needs('store', 'python3')
const repository = join(import.meta.dirname, '../..')
const definition = join(import.meta.dirname, '../fixtures/everything/tidemark.yaml')

/** Numbers of a fixed order that looks like none, from 0 on. */
function lots(): (below: number) => number {
  let state = 7
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below
}

/** Visits of the last forty minutes, and of some visitors of days before, in the order of their time. */
function events(nowMs: number): { ts: number }[] {
  const any = lots()
  const code = ['?utm=sp26', '?utm=nl01&x=1', '?utm=zz', '']
  return Array.from({ length: 200 }, (_, v) => {
    const [visitor, country] = [`v${v}`, ['DE', 'FR', 'US'][any(3)]!]
    const at = nowMs - 60_000 - any(40 * 60_000)
    const views = Array.from({ length: 1 + any(5) }, (_one, n) => ({
      ts: at + n * 7000,
      type: 'view',
      url: `https://Shop.example/p/${any(9)}${code[any(4)]}`,
      ms: 50 + any(900),
    }))
    const cart = any(2) === 0 ? [{ ts: at + 36_000, type: 'cart', url: 'https://shop.example/cart' }] : []
    const order =
      any(3) === 0
        ? [{ ts: at + 40_000, type: 'order', url: '/done?utm=sp26', amount: any(12_000) / 100 }]
        : []
    const before =
      v % 3 === 0
        ? [1, 2, 3, 4].map((days) => ({
            ts: at - days * 86_400_000 - any(9_000_000),
            type: 'view',
            url: '/',
          }))
        : []
    return [...before.slice(any(4)), ...views, ...cart, ...order].map((one) => ({ visitor, country, ...one }))
  })
    .flat()
    .toSorted((a, b) => a.ts - b.ts)
}

test('all that a definition can say is counted as the recount has it', {
  timeout: 3 * LIMIT_MS,
}, async () => {
  const data = join(scratch, 'everything')
  const up = await start(data, '--definition', definition)
  await welcomed(up)
  const members = await openProducer({ brokers: [up.kafka], clientId: 'test' })
  const tiers = (tier: string, from: number, to: number) =>
    members.send(
      'shop-members',
      Array.from({ length: to - from }, (_, n) => ({ key: `v${from + n}`, value: JSON.stringify({ tier }) })),
    )
  const get = async <A>(path: string): Promise<A> => (await fetch(`${up.url}${path}`)).json() as Promise<A>
  const post = async (some: readonly object[]): Promise<void> => {
    const sent = await fetch(`${up.url}/v1/events?source=shop`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: some.map((one) => JSON.stringify(one)).join('\n'),
    })
    expect(sent.status).toBe(202)
  }
  let probes = 0
  /** Until an event of now joins the row of now: a change holds for what comes behind it. */
  const joins = (tier: string, ts: number) =>
    until(`joins with ${tier}`, async () => {
      await post([{ visitor: 'v0', type: 'view', url: '/', ts }])
      probes++
      const { rows = [] } = await get<Partial<TopAnswer>>('/v1/top?metric=shop.events&by=tier&from=now-30d')
      return rows.some(({ labels }) => labels['tier'] === tier)
    })
  await tiers('gold', 0, 60)
  const all = events(Date.now())
  await joins('gold', all[0]!.ts)
  for (let at = 0; at < all.length; at += 200) {
    await post(all.slice(at, at + 200))
    // Half of them have another tier for what comes behind.
    if (at === 200) {
      await tiers('silver', 0, 30)
      await joins('silver', all[399]!.ts)
    }
  }
  await until('all of it', async () => (await counted(up)) === all.length + probes)
  await members.close()
  const { rows } = await get<TopAnswer>('/v1/top?metric=shop.events&by=tier&from=now-30d')
  expect(rows.map(({ labels }) => labels['tier'])).toEqual(expect.arrayContaining(['gold', 'silver', null]))
  const store = /redis:\/\/([\d.:]+)/.exec(up.said())![1]!
  const audit = spawn(
    process.execPath,
    [
      join(repository, 'dist/cli/main.js'),
      'audit',
      '--log',
      join(data, 'broker'),
      '--store',
      store,
      '--store-password-file',
      join(data, 'store/password'),
      '--api',
      up.url,
      '--min-cells',
      '1000',
      '--require-caught-up',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  for (const stream of [audit.stdout, audit.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes))
  const [code] = (await once(audit, 'close')) as [number]
  expect(said).toMatch(/0 missing, 0 extra, 0 different/)
  expect(said).toMatch(/[1-9][\d,]* facts/)
  expect(code).toBe(0)
  up.process.kill('SIGINT')
  expect(await up.ended).toBe(0)
})
