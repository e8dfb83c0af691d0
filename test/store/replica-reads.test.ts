import { describe, expect, test } from 'vitest'
import type { Command, Store } from '../../store/connection/connection.ts'
import { StoreError } from '../../store/errors.ts'
import { replicasBySlot, replicasOfInfo, placesOfSlot } from '../../store/replica-places.ts'
import { withReplicaReads, type ReadFrom } from '../../store/replica-reads.ts'

const POS = 'tm:{clicks/0~a}:g1:pos'
const WAKE = 'tm:{clicks/0~a}:wake'
const moment: Command[] = [
  ['HGETALL', POS],
  ['HMGET', POS, 'next', 'rev', 'def'],
]
const at = (next: number, rev = '0', def = 'd') => [
  [],
  [`${next}`, rev, def].map((text) => Buffer.from(text)),
]
const away = new StoreError('STORE_UNREACHABLE', 'gone')
type Answer = unknown[] | StoreError | 'hangs'

/** What the primary and the replicas say next: `current` of a replica in sync, `other` of any. */
function scene() {
  const says = {
    primary: at(0) as Answer,
    current: null as unknown[] | null,
    other: null as unknown[] | null,
  }
  const from: ReadFrom[] = []
  const ears = new Map<string, (message: string) => void>()
  const primary = async (): Promise<unknown[]> => {
    if (says.primary === 'hangs') return new Promise(() => {})
    if (says.primary instanceof StoreError) throw says.primary
    return says.primary
  }
  const written: Command[] = []
  const bare = {
    each: primary,
    pipeline: async (commands: readonly Command[]) => {
      written.push(...commands)
      return primary()
    },
    subscribe: async (channel: string, heard: (message: string) => void) => {
      ears.set(channel, heard)
      return async () => {}
    },
  } as unknown as Store
  const store = withReplicaReads(
    bare,
    {
      async each(_, least, fits) {
        const found = least === 'in sync' ? says.current : (says.other ?? says.current)
        return found !== null && fits(found) ? found : null
      },
    },
    (who) => from.push(who),
    1,
  )
  const next = async (): Promise<number> => Number(String(((await store.each(moment)).at(-1) as Buffer[])[0]))
  return { says, from, store, next, ears, written }
}

describe('reads of a moment', () => {
  test('are of a replica that is not behind what was answered, else of the primary', async () => {
    const { says, next, from } = scene()
    says.current = at(10)
    expect(await next()).toBe(10)
    says.current = at(9)
    says.primary = at(12)
    expect(await next()).toBe(12)
    says.current = at(11)
    expect(await next()).toBe(12)
    says.current = at(12)
    expect(await next()).toBe(12)
    expect(from).toEqual(['replica', 'primary', 'primary', 'replica'])
  })

  test('go back only with the primary', async () => {
    const { says, next } = scene()
    says.current = at(10)
    await next()
    says.current = at(7)
    says.primary = at(8)
    expect(await next()).toBe(8)
    says.current = at(8)
    expect(await next()).toBe(8)
  })

  test('of another history are of the primary', async () => {
    const { says, next, from } = scene()
    says.current = at(10)
    await next()
    says.current = at(20, '1')
    says.primary = at(15, '2')
    expect(await next()).toBe(15)
    expect(from).toEqual(['replica', 'primary'])
  })

  test('after a wake are not of before it', async () => {
    const { says, next, store, ears } = scene()
    await store.subscribe(WAKE, () => {})
    says.current = at(10)
    says.primary = at(11)
    expect(await next()).toBe(10)
    ears.get(WAKE)!('11 1 1 1')
    expect(await next()).toBe(11)
  })

  test('of a replica that cannot answer, or has no such partition, are of the primary', async () => {
    const { says, next, from } = scene()
    says.primary = at(3)
    says.current = [[], new StoreError('STORE_BUSY', 'LOADING')]
    expect(await next()).toBe(3)
    says.current = [[], [null, null, null]]
    expect(await next()).toBe(3)
    says.current = null
    expect(await next()).toBe(3)
    expect(from).toEqual(['primary', 'primary', 'primary'])
  })

  test.each(['refused', 'hangs'] as const)(
    'while the primary is away (%s) a replica speaks, unless it is behind an answer',
    async (how) => {
      const { says, next, from } = scene()
      says.primary = at(10)
      expect(await next()).toBe(10)
      says.primary = how === 'hangs' ? 'hangs' : away
      says.other = at(10)
      expect(await next()).toBe(10)
      expect(from).toEqual(['primary', 'others while the primary is away'])
      if (how === 'hangs') return
      says.other = at(9)
      await expect(next()).rejects.toBe(away)
    },
  )
})

test('while nobody answers who is not behind, what was answered last still stands, and nothing more', async () => {
  const { says, store, next } = scene()
  const feed = 'tm:{clicks/0~a}:g1:feed'
  const following = (from: number): Command[] => [
    moment[0]!,
    ['HMGET', 'tm:{clicks/0~a}:g1:halt', 'code'],
    ['XREVRANGE', feed, `${from}-0`, '-', 'COUNT', 1],
    ['XRANGE', feed, `(${from}-0`, '+', 'COUNT', 1000],
    moment[1]!,
  ]
  const answered = at(10)
  says.primary = ['pos', 'halt', ['entry'], ['more'], answered[1]]
  await store.each(following(8))
  says.primary = away
  says.other = [[], [], [], [], at(9)[1]]
  expect(await store.each(following(10))).toEqual(['pos', 'halt', [], [], answered[1]])
  await expect(store.each(following(8))).rejects.toBe(away)
  await expect(store.each([...following(10).slice(0, 4), ['HGETALL', 'c'], moment[1]!])).rejects.toBe(away)
  await expect(next()).rejects.toBe(away)
})

describe('other reads', () => {
  test('are of the primary, and of a replica only while it is away', async () => {
    const { says, store, from } = scene()
    says.primary = ['of the primary']
    says.other = ['of a replica']
    expect(await store.each([['HGETALL', 'tm:{clicks}:catalog']])).toEqual(['of the primary'])
    says.primary = away
    expect(await store.each([['HGETALL', 'tm:{clicks}:catalog']])).toEqual(['of a replica'])
    expect(from).toEqual(['primary', 'others while the primary is away'])
    // As the client says it of one command of several.
    says.primary = [away]
    expect(await store.each([['HGETALL', 'tm:{clicks}:catalog']])).toEqual(['of a replica'])
    says.other = null
    expect(await store.each([['HGETALL', 'tm:{clicks}:catalog']])).toEqual([away])
  })

  test('what a replica would answer as well is not asked twice', async () => {
    const { says, store } = scene()
    says.primary = new StoreError('STORE_ACCESS', 'WRONGPASS')
    says.other = ['of a replica']
    await expect(store.pipeline([['HLEN', 'k']])).rejects.toMatchObject({ code: 'STORE_ACCESS' })
  })

  test('writes are never of a replica', async () => {
    const { says, store, written } = scene()
    says.primary = away
    says.other = [1]
    await expect(store.pipeline([['HSET', 'k', 'f', 'v']])).rejects.toBe(away)
    expect(written).toHaveLength(1)
  })
})

describe('where replicas are', () => {
  test('CLUSTER SLOTS: those of each range; a node without a host is passed over', () => {
    const places = replicasBySlot([
      [0, 99, ['10.0.0.1', 7000, 'a', []], ['::1', 7001, 'b'], ['', 7002, 'c'], [null, 7003, 'd']],
      [100, 16383, ['10.0.0.2', 7000, 'e']],
    ])
    expect(placesOfSlot(places, 99)).toMatchObject({ primary: '10.0.0.1:7000', replicas: ['[::1]:7001'] })
    expect(placesOfSlot(places, 100)?.replicas).toEqual([])
    expect(replicasBySlot(null)).toEqual([])
  })

  test('INFO of a primary: those that are online', () => {
    const text =
      'role:master\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0\r\nslave1:ip=10.0.0.3,port=6380,state=wait_bgsave\r\n'
    expect(placesOfSlot(replicasOfInfo([text]), 5)).toMatchObject({
      primary: null,
      replicas: ['10.0.0.2:6379'],
    })
  })
})
