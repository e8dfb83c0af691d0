/** What a query kept to be faster next time: its answers are those of one that kept nothing, and it is bounded. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import { KEPT_CELLS, KeptQueries } from '../../../query-api/service/kept-queries.ts'
import type { PreparedQuery } from '../../../query-api/engine/rows/one-snapshot.ts'
import type { SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { catalogKey } from '../../../store/keys.ts'
import { startTestStore, type TestStore } from '../../harness/store.ts'
import { Filler, testSource } from '../fill.ts'

const T0 = Date.parse('2026-03-04T05:00:00Z')

describe('over HTTP', () => {
  let server: TestStore
  let store: Store
  beforeAll(async () => {
    server = await startTestStore()
    store = await openStore({ url: server.url })
  })
  afterAll(async () => {
    await store?.close()
    await server?.stop()
  })

  test('while events come, late ones too, answers are those of a process that knew nothing', async () => {
    let nowMs = T0
    const begin = () => createServer({ store, version: '0', pageDirectory: null, now: () => nowMs })
    const warm = await begin()
    const filler = new Filler(store, testSource('kept', { '1s': '45m', '1m': '2d' }, 4), 2)
    await filler.open()
    const urls = [
      '/v1/series?metric=kept.events&by=country&from=now-1m&interval=1s&limit=2',
      '/v1/series?metric=kept.load.avg&by=country&from=now-20s&interval=1s&compare=previous',
      '/v1/series?metric=kept.events&from=now-10m&where=country:is:DE,X1',
      '/v1/top?metric=kept.events&by=country&from=now-5m&compare=previous&limit=3',
    ]
    for (let round = 0; round < 12; round++) {
      nowMs += [300, 1000, 20_000][round % 3]!
      const events = Array.from({ length: 1 + (round % 4) }, (_, n) => ({
        ts: nowMs - ((round * 7 + n * 13) % 40) * 1000,
        country: ['DE', 'FR', 'NL', `X${round}`][(round + n) % 4]!,
        load: round + n,
      }))
      if (round % 5 !== 4) await filler.applyBatch(round % 2, events, nowMs)
      const cold = await begin()
      for (const url of urls) {
        const [kept, fresh] = await Promise.all([warm.inject(url), cold.inject(url)])
        expect(kept.json<SeriesAnswer | TopAnswer>(), `${round} ${url}`).toEqual(fresh.json())
        expect(kept.body, 'the very bytes').toBe(fresh.body)
        expect((await warm.inject(url)).body).toBe(kept.body) // nothing moved: the same again
      }
      await cold.close()
    }
    await warm.close()
  })

  test('a store that falls back and is counted again, at rest and in motion, and another generation: the numbers of the store', async () => {
    let nowMs = T0
    const begin = () => createServer({ store, version: '0', pageDirectory: null, now: () => nowMs })
    const warm = await begin()
    const filler = new Filler(store, testSource('fallen'), 2)
    await filler.open()
    const urls = [
      '/v1/series?metric=fallen.events&by=country&from=now-1m&interval=1s',
      '/v1/top?metric=fallen.events&by=country&from=now-5m',
    ]
    /** All but what a process that was there before knows of the loss. */
    const told = (body: string) => {
      const { meta, ...answer } = JSON.parse(body) as SeriesAnswer
      return { ...answer, vector: meta.vector, asOfMs: meta.asOfMs }
    }
    let compared = 0
    const compare = async (why: string): Promise<void> => {
      const cold = await begin()
      for (const url of urls)
        for (let again = url === urls[0] ? 0 : 4; again < 5; again++) {
          // at rest it is asked only where it stands
          const [kept, fresh] = await Promise.all([warm.inject(url), cold.inject(url)])
          expect(told(kept.body), why).toEqual(told(fresh.body))
          compared += Number(kept.statusCode === 200)
        }
      await cold.close()
    }
    const count = async (partition: number, ...countries: string[]): Promise<void> => {
      nowMs += 700
      await filler.applyBatch(
        partition,
        countries.map((country) => ({ ts: nowMs - 1500, country })),
        nowMs,
      )
    }
    await count(0, 'DE')
    await count(1, 'FR', 'NL')
    await compare('first')
    const state = filler.snapshot(0).state
    const tag = filler.keys(0).pos.replace(/\}.*$/, '}')
    const keysNow = async (): Promise<string[]> => {
      const found: string[] = []
      for await (const keys of store.scan('*')) found.push(...keys.filter((key) => key.includes(tag)))
      return found
    }
    const copy = await Promise.all(
      (await keysNow()).map(
        async (key) => [key, (await store.pipeline([['DUMP', key]]))[0] as Buffer] as const,
      ),
    )
    expect(copy.length).toBeGreaterThan(5)
    for (const again of [['FR'], ['FR', 'US', 'DE']]) {
      await count(0, 'FR', 'US')
      await compare('counted')
      for (const key of await keysNow()) await store.pipeline([['DEL', key]])
      for (const [key, dump] of copy) await store.pipeline([['RESTORE', key, 0, dump]])
      filler.rewind(0, state)
      await compare('fallen back')
      await count(0, ...again)
      await compare('counted again')
    }
    await store.pipeline([
      [
        'HSET',
        catalogKey('fallen'),
        'active',
        2,
        'g:2',
        JSON.stringify({ source: filler.source, def: filler.def, state: 'active', sinceMs: 0 }),
      ],
    ])
    nowMs += 2000
    await compare('another generation')
    expect(told((await warm.inject(urls[0]!)).body).vector).toEqual({})
    expect(compared).toBe(48)
    await warm.close()
  })
})

/** Counts its answers, and answers when told to. */
function counting(keptCells: number): PreparedQuery<number> & { answers: number; forgotten: number } {
  return {
    usesLatest: false,
    executions: () => [],
    keptCells,
    answers: 0,
    forgotten: 0,
    forget() {
      this.forgotten++
    },
  }
}

describe('in itself', () => {
  const turn = <T>(work: () => Promise<T>): Promise<T> => work()

  test('who asks while one is worked out shares the next, never that one', async () => {
    const going: (() => void)[] = []
    const prepared = counting(1)
    const kept = new KeptQueries(async (_, query) => {
      const nth = ++(query as unknown as typeof prepared).answers
      await new Promise<void>((go) => going.push(go))
      return nth as never
    })
    const ask = (): Promise<number> => kept.run('q', 's', () => prepared, turn)
    const first = ask()
    const others = [ask(), ask(), ask()]
    going.shift()!()
    expect(await first).toBe(1)
    await expect.poll(() => going.length).toBe(1)
    const later = ask()
    going.shift()!()
    expect(await Promise.all(others)).toEqual([2, 2, 2])
    await expect.poll(() => going.length).toBe(1)
    going.shift()!()
    expect(await later).toBe(3)
  })

  test('one that fails fails those who share it, and the next is worked out all the same', async () => {
    let answers = 0
    const kept = new KeptQueries(async () => {
      if (++answers === 1) throw new Error('away')
      return answers as never
    })
    const ask = (): Promise<number> => kept.run('q', 's', () => counting(1), turn)
    const [first, second] = [ask(), ask()]
    await expect(first).rejects.toThrow('away')
    expect(await second).toBe(2)
  })

  test('cells and queries are bounded, the least recently used going first; what is too large is not kept', async () => {
    let nowMs = 0
    const kept = new KeptQueries(
      async () => 0 as never,
      () => nowMs,
    )
    const made = new Map<string, ReturnType<typeof counting>>()
    const ask = (key: string, cells: number): Promise<number> =>
      kept.run(
        key,
        's',
        () => {
          const prepared = counting(cells)
          made.set(key, prepared)
          return prepared
        },
        turn,
      )
    await ask('huge', KEPT_CELLS.one + 1)
    expect([kept.size, made.get('huge')!.forgotten]).toEqual([0, 1])
    for (const key of ['a', 'b', 'a', 'c']) await ask(key, KEPT_CELLS.all * 0.4)
    expect([kept.cells, made.get('a')!.forgotten, made.get('b')!.forgotten]).toEqual([
      KEPT_CELLS.all * 0.8,
      0,
      1,
    ])
    for (let n = 0; n < 500; n++) await ask(`small ${n}`, 1)
    expect(kept.size).toBeLessThanOrEqual(200)
    nowMs += 61_000
    await ask('last', 1)
    expect(kept.size).toBe(1)
  })
})
