/** Facts of every kind through a worker and a real store: one that begins anew goes on to the same bytes, and what the clock passed is freed. */
import { expect, test, vi } from 'vitest'
import { readDefinition } from '../../model/definition/file.ts'
import { fetchOf, openHarness, recordsOf, type Harness } from './loop.ts'
import { running, store } from './partition-store.ts'

const DAY_MS = 86_400_000

const sourceOf = (name: string) =>
  readDefinition({
    sources: {
      [name]: {
        topic: 'clicks',
        key: 'visitor',
        time: 'ts',
        fields: { visitor: 'string?', path: 'string?', country: 'string?' },
        metrics: { views: 'count' },
        sessions: { page: 'path', by: ['country'] },
        funnels: { way: { steps: { one: ['path:is:/0,/1,/2'], two: ['path:is:/7'] }, by: ['country'] } },
        retention: { back: { days: 1, late: '1d', keep: '4d', zone: 'Pacific/Auckland', by: ['country'] } },
        journeys: { page: 'path' },
      },
    },
    keep: { '1m': '1h', '1h': '2d' },
  })[0]!

async function push(h: Harness, from: number, to: number, afterMs = 0): Promise<void> {
  h.worker.push(fetchOf(recordsOf(from, to, { afterMs })))
  await vi.waitFor(() => expect(h.worker.acknowledged).toBe(to), { timeout: 20_000, interval: 5 })
}

/** Hashes of facts by suffix. */
async function factsIn({ keys }: Harness): Promise<Record<string, Record<string, string>>> {
  const [all] = (await store.pipeline([['KEYS', keys.of('*')]])) as [Buffer[]]
  const suffixes = all.map((key) => key.toString().slice(keys.prefix.length))
  const found: Record<string, Record<string, string>> = {}
  for (const suffix of suffixes.filter((one) => /^([cn]:[\w-]+\.|facts:|entities:)/.test(one)).sort()) {
    const [flat] = (await store.pipeline([['HGETALL', keys.of(suffix)]])) as [Buffer[]]
    const fields = flat.flatMap((field, at) =>
      at % 2 === 0 ? [[field.toString('latin1'), flat[at + 1]!.toString('hex')]] : [],
    )
    found[suffix] = Object.fromEntries(fields.sort(([a], [b]) => (a! < b! ? -1 : 1))) as Record<
      string,
      string
    >
  }
  return found
}

/** Puts all that a partition has in the store back to what it is now, once that is called. */
async function keptOf({ keys }: Harness): Promise<() => Promise<void>> {
  const list = async (): Promise<Buffer[]> =>
    ((await store.pipeline([['KEYS', keys.of('*')]])) as [Buffer[]])[0]
  const kept = await list()
  const dumps = (await store.pipeline(kept.map((key) => ['DUMP', key]))) as Buffer[]
  return async () => {
    await store.pipeline((await list()).map((key) => ['DEL', key]))
    await store.pipeline(kept.map((key, at) => ['RESTORE', key, '0', dumps[at]!]))
  }
}

test('a worker that begins anew, or after a rewind, goes on to the same bytes', async () => {
  const whole = openHarness(store, running, { source: sourceOf('whole') })
  await whole.worker.start()
  await push(whole, 0, 400)
  const first = openHarness(store, running, { source: sourceOf('parts') })
  await first.worker.start()
  await push(first, 0, 150)
  await first.worker.stop()
  const second = openHarness(store, running, { source: first.source, keys: first.keys })
  expect(await second.worker.start()).toBe(150)
  await push(second, 150, 260)
  const rewind = await keptOf(second)
  await push(second, 260, 330)
  await second.worker.stop()
  await rewind()
  const third = openHarness(store, running, {
    source: first.source,
    keys: first.keys,
    committed: async () => 330,
  })
  expect(await third.worker.start()).toBe(260)
  await push(third, 260, 400)
  const facts = await factsIn(whole)
  expect(Object.keys(facts)).toEqual(
    expect.arrayContaining([
      'facts:sessions',
      'facts:funnel-way',
      'facts:retention-back-day',
      'facts:journeys',
      'entities:journeys',
      'entities:sessions',
      'c:sessions.exit:1h:0.30861',
    ]),
  )
  expect(Object.keys(facts['facts:sessions']!)).toHaveLength(7)
  expect(await factsIn(third)).toEqual(facts)
})

test('cells and names that the clock passed are freed, and so is what continued them', async () => {
  const h = openHarness(store, running, { source: sourceOf('freed') })
  await h.worker.start()
  await push(h, 0, 100)
  const before = Object.keys(await factsIn(h))
  // Past all the days of a chunk.
  await push(h, 100, 200, 140 * DAY_MS)
  await push(h, 200, 300, 140 * DAY_MS)
  await vi.waitFor(
    async () =>
      expect(
        Object.keys(await factsIn(h)).filter((suffix) => /^[cn]:/.test(suffix) && before.includes(suffix)),
      ).toEqual([]),
    { timeout: 20_000, interval: 50 },
  )
  const left = await factsIn(h)
  expect(Object.keys(left['facts:sessions']!)).toHaveLength(7)
  const [due] = (await store.pipeline([['ZRANGE', h.keys.due, '0', '-1']])) as [Buffer[]]
  expect(due.map(String).filter((member) => member.startsWith('sessions/')).length).toBeGreaterThan(0)
})
