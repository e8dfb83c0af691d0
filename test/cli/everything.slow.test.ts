/**
 * Whatever a definition can say, said at once: computed fields, a lookup, conditions on numbers, metrics that some breakdowns keep, derived ones,
 * sessions, funnels, retention and journeys. The whole system counts it, and the recount agrees with the store and with every answer of the API.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'vitest'
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
function events(nowMs: number): object[] {
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
  const all = events(Date.now())
  for (let at = 0; at < all.length; at += 200) {
    const body = all
      .slice(at, at + 200)
      .map((one) => JSON.stringify(one))
      .join('\n')
    const sent = await fetch(`${up.url}/v1/events?source=shop`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
    })
    expect(sent.status).toBe(202)
  }
  await until('all of it', async () => (await counted(up)) === all.length)
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
