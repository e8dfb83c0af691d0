import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Store } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import type { PartitionKeys } from '../../../store/keys.ts'
import { Mirror, type MirrorOptions } from '../../../store/mirror/mirror.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource } from '../fill.ts'

let names = 0
/** After so many looks at a partition that does not move it is looked at before it is read. */
const RESTING_LOOKS = 5

const T0 = Date.parse('2026-03-04T05:00:00Z')
const DAY = Math.floor(T0 / 86_400_000)
const SUFFIXES = ['c:all:1s', 'c:all:1m', 'c:country:1s', 'c:country:1m']
  .flatMap((family) => {
    const ms = family.endsWith('1s') ? 1000 : 60_000
    const windows = family.startsWith('c:all') ? 128 : 16
    const group = Math.floor(T0 / ms / windows)
    return [`${family}:0.${group}`, `${family}:0.${group + 1}`]
  })
  .concat(`n:country:${DAY}`, `n:country:${DAY + 1}`)

async function partition(options: Partial<MirrorOptions<string>> = {}) {
  const filler = new Filler(store, testSource(`mirror${names++}`), 1)
  await filler.open()
  const keys = filler.keys(0)
  const counted = countCalls(store)
  const mirror = new Mirror<string>({
    store: counted,
    keys,
    source: filler.source,
    decode: (_, __, value) => value.toString('hex'),
    ...options,
  })
  return { filler, keys, mirror, counted }
}

function countCalls(inner: Store) {
  const counted = {
    calls: 0,
    commands: 0,
    isAway: false,
    each: (commands: Parameters<Store['each']>[0]) => {
      if (counted.isAway) return Promise.reject(new StoreError('STORE_UNREACHABLE', 'away'))
      counted.calls++
      counted.commands += commands.length
      return inner.each(commands)
    },
  }
  return counted
}

async function fromStore(
  keys: PartitionKeys,
  suffixes: readonly string[],
): Promise<Record<string, Record<string, string>>> {
  const replies = (await store.pipeline(
    suffixes.map((suffix) => ['HGETALL', keys.of(suffix)] as const),
  )) as Buffer[][]
  return Object.fromEntries(
    suffixes.map((suffix, n) => {
      const flat = replies[n]!
      return [
        suffix,
        Object.fromEntries(
          Array.from({ length: flat.length / 2 }, (_, at) => [
            flat[at * 2]!.toString(),
            flat[at * 2 + 1]!.toString('hex'),
          ]),
        ),
      ]
    }),
  )
}

function fromMirror(mirror: Mirror<string>, suffixes: readonly string[]) {
  return mirror.read(
    () => [suffixes],
    (position, held) => ({
      next: position?.state.next ?? null,
      hashes: Object.fromEntries(
        suffixes.map((suffix) => [suffix, Object.fromEntries(held.get(suffix) ?? [])]),
      ),
    }),
  )
}

test('whatever is applied between reads, the mirror is the store', { timeout: 60_000 }, async () => {
  const step = fc.record({
    events: fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 100_000 }),
        country: fc.constantFrom('DE', 'FR', 'US'),
      }),
      { maxLength: 8 },
    ),
    reads: fc.array(fc.constantFrom(...SUFFIXES), { minLength: 1, maxLength: 5 }),
    looks: fc.constantFrom(1, 1, 2, RESTING_LOOKS),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 10 }),
      fc.constantFrom(2, 1000),
      fc.constantFrom(2000, 2 ** 20),
      async (steps, maxFeedEntries, maxBytes) => {
        const { filler, keys, mirror } = await partition({ maxFeedEntries, maxBytes })
        for (const { events, reads, looks } of steps) {
          for (const { afterMs, country } of events)
            await filler.applyBatch(0, [{ ts: T0 + afterMs, country }], T0 + 100_000)
          for (let look = 1; look < looks; look++) await fromMirror(mirror, reads)
          expect(await fromMirror(mirror, reads)).toEqual({
            next: filler.next(0),
            hashes: await fromStore(keys, reads),
          })
        }
      },
    ),
    { numRuns: 25 },
  )
})

test('what is held costs one round trip and no hash', async () => {
  const { filler, keys, mirror, counted } = await partition()
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  await fromMirror(mirror, SUFFIXES)
  await filler.applyBatch(0, [{ ts: T0 + 1, country: 'FR' }], T0)
  const before = { ...counted }
  expect((await fromMirror(mirror, SUFFIXES)).hashes).toEqual(await fromStore(keys, SUFFIXES))
  expect(counted.calls - before.calls).toBe(1)
  expect(counted.commands - before.commands).toBe(5)
})

test('one that rested costs one round trip too when it moves, and a gap behind a rest is seen', async () => {
  const { filler, keys, mirror, counted } = await partition()
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  const rest = async (): Promise<void> => {
    for (let look = 0; look < RESTING_LOOKS; look++) await fromMirror(mirror, SUFFIXES)
  }
  await rest()
  await filler.applyBatch(0, [{ ts: T0 + 1, country: 'FR' }], T0)
  const before = counted.calls
  expect((await fromMirror(mirror, SUFFIXES)).hashes).toEqual(await fromStore(keys, SUFFIXES))
  expect(counted.calls - before).toBe(1)

  await rest()
  await filler.applyBatch(0, ['not json'], T0, { feed: false })
  await filler.applyBatch(0, [{ ts: T0 + 5, country: 'FR' }], T0)
  expect((await fromMirror(mirror, SUFFIXES)).hashes).toEqual(await fromStore(keys, SUFFIXES))

  await rest()
  for (let n = 0; n < 3; n++) await filler.applyBatch(0, [{ ts: T0 + n, country: 'US' }], T0)
  await store.pipeline([['XTRIM', keys.feed, 'MAXLEN', 1]])
  expect((await fromMirror(mirror, SUFFIXES)).hashes).toEqual(await fromStore(keys, SUFFIXES))
})

test('a store that was away for a moment costs what was held nothing', async () => {
  const { filler, keys, mirror, counted } = await partition()
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  await fromMirror(mirror, SUFFIXES)
  counted.isAway = true
  await expect(fromMirror(mirror, SUFFIXES)).rejects.toThrow('did not answer')
  await filler.applyBatch(0, [{ ts: T0 + 1, country: 'FR' }], T0)
  counted.isAway = false
  const before = { ...counted }
  expect((await fromMirror(mirror, SUFFIXES)).hashes).toEqual(await fromStore(keys, SUFFIXES))
  expect(counted.commands - before.commands).toBe(5)
})

test('callers of one moment share the round trip', async () => {
  const { filler, mirror, counted } = await partition()
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  await Promise.all(SUFFIXES.map((suffix) => fromMirror(mirror, [suffix])))
  expect(counted.calls).toBe(1)
})

test('a batch without a feed entry is no gap, a trimmed feed is', async () => {
  const { filler, keys, mirror, counted } = await partition()
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  await fromMirror(mirror, SUFFIXES)
  await filler.applyBatch(0, ['not json'], T0, { feed: false })
  await filler.applyBatch(0, [{ ts: T0 + 5, country: 'FR' }], T0)
  const before = counted.commands
  expect((await fromMirror(mirror, SUFFIXES)).hashes).toEqual(await fromStore(keys, SUFFIXES))
  expect(counted.commands - before).toBe(5)
  for (let n = 0; n < 3; n++) await filler.applyBatch(0, [{ ts: T0 + n, country: 'US' }], T0)
  await store.pipeline([['XTRIM', keys.feed, 'MAXLEN', 1]])
  expect((await fromMirror(mirror, SUFFIXES)).hashes).toEqual(await fromStore(keys, SUFFIXES))
})

test('a store that fell back is followed back, and a store that fell back and passed again unseen is right too', async () => {
  const { filler, keys, mirror } = await partition()
  const copy = new Map<string, Buffer>()
  const keysNow = async (): Promise<string[]> => {
    const found: string[] = []
    for await (const some of store.scan(`${keys.prefix}*`)) found.push(...some)
    return found
  }
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  const { state } = filler.snapshot(0)
  for (const key of await keysNow()) copy.set(key, (await store.pipeline([['DUMP', key]]))[0] as Buffer)
  const fallBack = async (): Promise<void> => {
    for (const key of await keysNow()) await store.pipeline([['DEL', key]])
    for (const [key, dump] of copy) await store.pipeline([['RESTORE', key, 0, dump]])
    filler.rewind(0, state)
  }
  const later = [
    { ts: T0 + 1, country: 'FR' },
    { ts: T0 + 2, country: 'US' },
    { ts: T0 + 3, country: 'DE' },
  ]
  for (const event of later.slice(0, 2)) await filler.applyBatch(0, [event], T0)
  expect((await fromMirror(mirror, SUFFIXES)).next).toBe(3)

  await fallBack()
  expect(await fromMirror(mirror, SUFFIXES)).toEqual({ next: 1, hashes: await fromStore(keys, SUFFIXES) })

  for (const event of later.slice(0, 2)) await filler.applyBatch(0, [event], T0)
  await fromMirror(mirror, SUFFIXES)
  await fallBack()
  await filler.applyBatch(0, later, T0) // the same log in other batches, past where the mirror stood
  expect(await fromMirror(mirror, SUFFIXES)).toEqual({ next: 4, hashes: await fromStore(keys, SUFFIXES) })
})

test('a write that no feed tells of bumps rev, and all is read again', async () => {
  const { filler, keys, mirror } = await partition()
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  await fromMirror(mirror, SUFFIXES)
  await store.pipeline([
    ['DEL', keys.of(SUFFIXES[0]!)],
    ['HSET', keys.pos, 'rev', 2],
  ])
  expect((await fromMirror(mirror, SUFFIXES)).hashes).toEqual(await fromStore(keys, SUFFIXES))
})

test('a partition that was never opened, or vanished, holds nothing', async () => {
  const { filler, keys, mirror } = await partition()
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  await fromMirror(mirror, SUFFIXES)
  await store.pipeline([['DEL', keys.pos]])
  expect(
    await mirror.read(
      () => [SUFFIXES],
      (position, held) => [position, held.size],
    ),
  ).toEqual([null, 0])
})

test('questions grow with what is held, and what they throw reaches only their caller', async () => {
  const { filler, mirror } = await partition()
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  const growing = mirror.read(
    (held) => [held.has(SUFFIXES[8]!) ? [SUFFIXES[8]!, SUFFIXES[4]!] : [SUFFIXES[8]!]],
    (_, held) => held.get(SUFFIXES[4]!)!.size,
  )
  const failing = mirror.read(
    () => {
      throw new Error('too many')
    },
    () => 0,
  )
  await expect(failing).rejects.toThrow('too many')
  expect(await growing).toBe(1)
  await expect(
    mirror.read(
      () => [],
      () => {
        throw new Error('use failed')
      },
    ),
  ).rejects.toThrow('use failed')
})

test('bytes that are not ours are an error, not a number; the next question heals', async () => {
  const { filler, mirror } = await partition({
    decode: (_, __, value) => {
      if (value.toString() === 'junk') throw new RangeError('packed bytes end too early')
      return value.toString('hex')
    },
  })
  await filler.applyBatch(0, [{ ts: T0, country: 'DE' }], T0)
  const key = filler.keys(0).of(SUFFIXES[0]!)
  await store.pipeline([['HSET', key, '0', 'junk']])
  await expect(fromMirror(mirror, SUFFIXES)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  await store.pipeline([['HDEL', key, '0']])
  expect((await fromMirror(mirror, SUFFIXES)).next).toBe(1)
})
