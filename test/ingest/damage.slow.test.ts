/** What somebody else put into a partition of the store: its worker stops there and says so, and goes on by itself soon after it was put back, each record counted once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readHaltNote } from '../../store/calls/halt-note.ts'
import { partitionKeys, type PartitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import { countedIn, fetchOf, openHarness, recordsOf, type Harness } from './loop.ts'
import { running, store } from './partition-store.ts'

let names = 0
const patience = { timeout: 30_000, interval: 50 }

/** A worker over the same partition, whose log holds `end` records; every seventh is malformed. */
function work(name: string, end: number): Harness {
  const h: Harness = openHarness(store, running, {
    source: { ...openHarness(store, []).source, name },
    keys: partitionKeys(name, 0, 1),
    seek: (offset) =>
      void setImmediate(
        () => offset < end && h.worker.push(fetchOf(recordsOf(offset, end, { malformedEvery: 7 }))),
      ),
  })
  return h
}
const next = async (h: Harness): Promise<number> =>
  (await readPosition(store, h.keys, h.source).catch(() => null))?.state.next ?? -1
const run = async (...command: [string, ...(string | number | Buffer)[]]): Promise<unknown> =>
  (await store.pipeline([command]))[0]

/** Sets a field of a hash to something else; answers how it is put back. */
async function spoil(key: string, field: string | Buffer, value: string): Promise<() => Promise<unknown>> {
  const before = (await run('HGET', key, field)) as Buffer | null
  await run('HSET', key, field, value)
  return () => (before === null ? run('HDEL', key, field) : run('HSET', key, field, before))
}

/** The first field of the first key that fits. */
async function somewhere(pattern: string): Promise<[key: string, field: Buffer]> {
  const [key] = (await run('KEYS', pattern)) as Buffer[]
  const [field] = (await run('HKEYS', key!)) as Buffer[]
  return [key!.toString(), field!]
}

const damages: [what: string, spoil: (keys: PartitionKeys) => Promise<() => Promise<unknown>>][] = [
  ['pos: next that is no number', (keys) => spoil(keys.pos, 'next', 'abc')],
  ['pos: next below nothing', (keys) => spoil(keys.pos, 'next', '-5')],
  ['pos: next past what a number holds', (keys) => spoil(keys.pos, 'next', '9007199254740993')],
  ['pos: a ledger that is no number', (keys) => spoil(keys.pos, 'e:counted', 'NaN')],
  [
    'rejects of another type',
    async (keys) => {
      await run('RENAME', keys.rejects, `${keys.rejects}.away`)
      await run('LPUSH', keys.rejects, 'x')
      return () => run('RENAME', `${keys.rejects}.away`, keys.rejects)
    },
  ],
  [
    'a cell that is none',
    async (keys) => {
      const [key, field] = await somewhere(keys.of('c:all:1h:*'))
      return spoil(key, field, 'garbage')
    },
  ],
  [
    'a name that is no JSON',
    async (keys) => {
      const [key, field] = await somewhere(keys.of('n:path:*'))
      const id = (await run('HGET', key, field)) as Buffer
      await run('HDEL', key, field)
      await run('HSET', key, '["/0', id)
      return async () => {
        await run('HDEL', key, '["/0')
        await run('HSET', key, field, id)
      }
    },
  ],
]

test.each(damages)('%s', { timeout: 90_000 }, async (_, damage) => {
  const name = `damage${names++}`
  const first = work(name, 50)
  await first.worker.start()
  await expect.poll(() => next(first), patience).toBe(50)
  await first.worker.stop()

  const putBack = await damage(first.keys)
  const second = work(name, 100)
  await second.worker.start()
  await expect.poll(() => second.worker.view().halted?.code, patience).toBe('STORE_DAMAGED')
  await expect
    .poll(async () => (await readHaltNote(store, second.keys))?.code, patience)
    .toBe('STORE_DAMAGED')
  await putBack()
  await expect.poll(() => next(second), patience).toBe(100)
  expect(await countedIn(second, store)).toEqual({ counted: 100 - 15 })
  await expect.poll(() => readHaltNote(store, second.keys), patience).toBe(null)
  expect(second.seen.log.filter((line) => line.includes('HALTED'))).toHaveLength(1)
})

test('however long it stood, what is put back is found within seconds', { timeout: 90_000 }, async () => {
  const name = `damage${names++}`
  const first = work(name, 50)
  await first.worker.start()
  await expect.poll(() => next(first), patience).toBe(50)
  await first.worker.stop()
  await run('RENAME', first.keys.rejects, `${first.keys.rejects}.away`)
  await run('LPUSH', first.keys.rejects, 'x')
  const second = work(name, 100)
  await second.worker.start()
  await expect.poll(() => second.worker.view().halted?.code, patience).toBe('STORE_DAMAGED')
  await sleep(17_000) // a wait that doubles each time would now be in its third turn, which takes until 35 s
  await run('RENAME', `${first.keys.rejects}.away`, first.keys.rejects)
  const backMs = performance.now()
  await expect.poll(() => next(second), patience).toBe(100)
  expect(performance.now() - backMs).toBeLessThan(12_000)
  expect(second.seen.log.filter((line) => line.includes('HALTED'))).toHaveLength(1)
})
