/** Entities are bounded: a budget in log order, forgetting by the log clock, and no batch boundary can be seen in what comes out. */
import { expect, test } from 'vitest'
import type { RawBatch } from '../../log/log.ts'
import type { Source } from '../../model/definition.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'
import { readPosition } from '../../store/calls/open.ts'
import { makeBatch } from '../log/batches.ts'
import { fetchOf, openHarness, START_MS, type Harness } from './loop.ts'
import { running, store } from './partition-store.ts'

const DAY_MS = 86_400_000
const DAYS = Math.floor(START_MS / DAY_MS) * DAY_MS
const readings = readDefinition(shipped)[1]!
let made = 0
const sourceWith = (budget: number, forgetDays: number): Source => ({
  ...readings,
  name: `presence${made++}`,
  futureMs: 1000 * DAY_MS,
  intervals: [{ name: '1h', ms: 3_600_000, keepMs: null }],
  entity: { ...readings.entity!, budget, forgetMs: forgetDays * DAY_MS },
})
type Reading = readonly [device: string, atMs: number, signal?: string]
function batchOf(base: number, list: readonly Reading[]): RawBatch {
  const records = list.map(([device, atMs, signal = 's'], offsetDelta) => ({
    offsetDelta,
    key: null,
    value: Buffer.from(JSON.stringify({ ts: atMs, device, site: 'x', signal, value: 1 })),
  }))
  return {
    baseOffset: base,
    lastOffset: base + list.length - 1,
    bytes: makeBatch({
      baseOffset: BigInt(base),
      records,
      baseTimestampMs: START_MS,
      maxTimestampMs: START_MS,
    }),
    control: false,
    aborted: false,
  }
}
/** Counts readings, `size` a fetch. */
async function count(source: Source, list: readonly Reading[], size = list.length): Promise<Harness> {
  const h = openHarness(store, running, { source })
  await h.worker.start()
  for (let at = 0; at < list.length; at += size) {
    const part = list.slice(at, at + size)
    h.worker.push(fetchOf([batchOf(at, part)]))
    await expect
      .poll(async () => (await readPosition(store, h.keys, source))?.state.next, {
        timeout: 10_000,
        interval: 5,
      })
      .toBe(at + part.length)
  }
  return h
}
async function remembered(
  h: Harness,
  firstDay = -1,
): Promise<{ seen: string[]; last: string[]; over: [number, number]; living: Record<string, string> }> {
  const [seen, last, living] = (await store.pipeline([
    ['ZRANGE', h.keys.seen, '0', '-1', 'WITHSCORES'],
    ['HGETALL', h.keys.last],
    ['HGETALL', h.keys.living],
  ])) as [Buffer[], Buffer[], Buffer[]]
  const pairs = (flat: Buffer[]): [string, string][] =>
    flat.flatMap((text, at): [string, string][] =>
      at % 2 === 0 ? [[text.toString(), flat[at + 1]!.toString()]] : [],
    )
  const { state } = (await readPosition(store, h.keys, h.source))!
  return {
    seen: pairs(seen)
      .filter(([, at]) => Number(at) >= firstDay * DAY_MS)
      .map(([name, at]) => `${name} ${(Number(at) - DAYS) / DAY_MS}`)
      .toSorted(),
    last: pairs(last)
      .filter(([, value]) => JSON.parse(value)[0] >= firstDay * DAY_MS)
      .map(([field]) => field)
      .toSorted(),
    over: [state.entitiesOver, state.valuesOver],
    living: Object.fromEntries(pairs(living)),
  }
}

test('devices without end: the first ones in log order find a place, all are counted, and the overflow has its number', async () => {
  const source = sourceWith(100, 30)
  const h = await count(
    source,
    Array.from({ length: 2000 }, (_, at): Reading => [`d${at % 500}`, DAYS + at]),
  )
  const { seen, last, over, living } = await remembered(h)
  expect([seen.length, last.length]).toEqual([100, 100])
  expect(seen.map((text) => Number(/^d(\d+)/.exec(text)![1])).every((number) => number < 100)).toBe(true)
  expect(over).toEqual([1600, 0])
  expect((await readPosition(store, h.keys, source))!.state.events.counted).toBe(2000)
  expect(Object.values(living)).toEqual(['100', '100'])
})

test('values without end of one device: four for each place are kept', async () => {
  const h = await count(
    sourceWith(3, 30),
    Array.from({ length: 40 }, (_, at): Reading => ['d', DAYS + at, `s${at % 20}`]),
  )
  const { seen, last, over } = await remembered(h)
  expect([seen.length, last.length, over]).toEqual([1, 12, [0, 16]])
})

test('names that are too long to remember find no place', async () => {
  const h = await count(sourceWith(3, 30), [
    ['x'.repeat(257), DAYS],
    ['y'.repeat(256), DAYS],
    ['z', DAYS, 's'.repeat(1100)],
  ])
  expect((await remembered(h)).over).toEqual([1, 1])
})

test('devices whose names UTF-8 cannot tell apart are one, in one batch or in several', async () => {
  const halves: Reading[] = ['\ud800', '\ufffd', '\udc00', 'd'].map((name, at) => [name, DAYS + 9 - at])
  for (const size of [4, 1]) {
    const { seen, over, living } = await remembered(await count(sourceWith(2, 30), halves, size))
    expect(seen).toEqual([`d ${6 / DAY_MS}`, `\ufffd ${9 / DAY_MS}`])
    expect(over).toEqual([0, 0])
    expect(Object.entries(living).find(([field]) => field.startsWith('s:'))?.[1]).toBe('2')
  }
})

test('what was not seen for long is forgotten by the log clock, and its place is free', {
  timeout: 30_000,
}, async () => {
  const source = sourceWith(2, 3)
  const list: Reading[] = [
    ['a', DAYS],
    ['b', DAYS + 1],
    ['c', DAYS + 2],
    ['b', DAYS + 2 * DAY_MS],
    ['c', DAYS + 2 * DAY_MS + 1],
    ['b', DAYS + 4 * DAY_MS],
    ['c', DAYS + 4 * DAY_MS + 1],
    ['c', DAYS + 4 * DAY_MS + 1],
    ['old', DAYS + 5],
    ['d', DAYS + 4 * DAY_MS + 9],
  ]
  const h = await count(source, list)
  expect((await remembered(h, DAYS / DAY_MS + 1)).seen).toEqual([`b 4`, `c ${4 + 1 / DAY_MS}`])
  expect((await remembered(h)).over).toEqual([4, 0]) // two devices have to say that it is another day
  h.worker.push({ ...fetchOf([]), logEnd: list.length })
  await expect.poll(async () => (await remembered(h)).seen.length, { timeout: 10_000 }).toBe(2)
  expect((await remembered(h)).last).toEqual(['["b","s"]', '["c","s"]'])
})

test('L8: no boundary of a batch is seen in who is remembered', { timeout: 60_000 }, async () => {
  let state = 12345
  const random = (below: number): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % below
  const list = Array.from(
    { length: 400 },
    (_, at): Reading => [
      `d${random(60)}`,
      DAYS + Math.floor(at / 40) * DAY_MS + random(DAY_MS) - random(3) * DAY_MS,
      `s${random(30)}`,
    ],
  )
  const source = sourceWith(12, 2)
  const clockDay = Math.max(...list.map(([, atMs]) => Math.floor(atMs / DAY_MS)))
  const whole = await remembered(await count(source, list), clockDay - 2)
  expect(whole.seen.length).toBe(12)
  expect(whole.over[0]).toBeGreaterThan(20)
  expect(whole.over[1]).toBeGreaterThan(0)
  for (const size of [1, 7, 133])
    expect(
      await remembered(await count({ ...source, name: `${source.name}x${size}` }, list, size), clockDay - 2),
    ).toEqual(whole)
})
