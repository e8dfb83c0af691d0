/** One damaged or foreign key harms one source or one partition: every kind of it, and back again. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../../query-api/server.ts'
import type { CatalogAnswer, Damage, Problem, Provenance, StatusAnswer } from '../../query-api/wire.ts'
import { openStore, type Command, type Store } from '../../store/connection.ts'
import { catalogKey } from '../../store/keys.ts'
import { readDefinition } from '../../model/definition-file.ts'
import { startTestStore, type TestStore } from '../harness/store.ts'
import { Filler } from './fill.ts'

const T0 = Date.parse('2026-03-04T05:00:00Z')
const DAY = Math.floor(T0 / 86_400_000)
const nowMs = T0 + 60_000
/** Devices are entities; 3 partitions; the events of all in one minute. */
const source = (name: string) =>
  readDefinition({
    sources: {
      [name]: {
        topic: name,
        key: 'visitor',
        time: 'ts',
        fields: { visitor: 'string', country: 'string?', load: 'number?' },
        breakdowns: ['country'],
        metrics: { events: 'count', load: { stats: 'load', decimals: 1 } },
        entity: { online: '2m', last: { by: 'country', of: ['load'] } },
      },
    },
    keep: { '1s': '45m', '1m': '2d' },
  })[0]!

let server: TestStore
let store: Store
let app: FastifyInstance
let sick: Filler
let sound: Filler
beforeAll(async () => {
  server = await startTestStore()
  store = await openStore({ url: server.url })
  ;[sick, sound] = [new Filler(store, source('sick'), 3), new Filler(store, source('sound'), 1)]
  for (const filler of [sick, sound]) {
    await filler.open()
    for (let partition = 0; partition < (filler === sick ? 3 : 1); partition++)
      await filler.land(
        partition,
        [
          { ts: T0, visitor: `v${partition}`, country: 'DE', load: 1 },
          { ts: T0 + 1000, visitor: `w${partition}`, country: 'FR' },
          'no json',
        ],
        nowMs,
      )
  }
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
})

/** A server that never read the store before: damage done behind a mirror's back shows only when something is read anew. */
async function asking<T>(work: () => Promise<T>): Promise<T> {
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => nowMs })
  try {
    return await work()
  } finally {
    await app.close()
  }
}
const get = async <T>(url: string): Promise<{ status: number; body: T }> => {
  const response = await app.inject(url)
  return { status: response.statusCode, body: response.json() as T }
}
type Answer = { meta: Provenance; series?: { values: (number | null)[] }[]; rows?: unknown[] }
const series = (name: string, by = ''): Promise<{ status: number; body: Answer }> =>
  get(`/v1/series?metric=${name}.events&from=${T0}&to=${T0 + 60_000}&interval=1m${by}`)

const copyOf = async (keys: readonly string[]): Promise<(Buffer | null)[]> =>
  (await store
    .pipeline(keys.map((key): Command => ['DUMP', key]))
    .catch(async () =>
      Promise.all(keys.map(async (key) => (await store.pipeline([['DUMP', key]]))[0])),
    )) as (Buffer | null)[]
async function damagedBy(
  keys: readonly string[],
  commands: readonly Command[],
  work: () => Promise<void>,
): Promise<void> {
  const copies = await copyOf(keys)
  for (const command of commands) await store.pipeline([command])
  try {
    await work()
  } finally {
    for (const [at, key] of keys.entries()) {
      await store.pipeline([['DEL', key]])
      if (copies[at] !== null) await store.pipeline([['RESTORE', key, 0, copies[at]!]])
    }
  }
}

const keys = () => sick.keys(1)
const chunk = `c:all:1m:0.${Math.floor(T0 / 60_000 / 128)}`
const named = `c:country:1m:0.${Math.floor(T0 / 60_000 / 16)}`
/** What is done to partition 1; which question meets it (`''` = every one); what is told of it. */
const kinds: [
  what: string,
  key: () => string,
  command: (key: string) => Command[],
  by: string,
  told: RegExp,
][] = [
  [
    'next is no number',
    () => keys().pos,
    (key) => [['HSET', key, 'next', 'abc']],
    '',
    /pos field next is not a natural number/,
  ],
  ['next is negative', () => keys().pos, (key) => [['HSET', key, 'next', '-5']], '', /pos field next/],
  [
    'next is past 2^53',
    () => keys().pos,
    (key) => [['HSET', key, 'next', '9007199254740993']],
    '',
    /pos field next/,
  ],
  ['next is empty', () => keys().pos, (key) => [['HSET', key, 'next', '1e3']], '', /pos field next/],
  [
    'a counter is NaN',
    () => keys().pos,
    (key) => [['HSET', key, 'e:counted', 'NaN']],
    '',
    /pos field e:counted/,
  ],
  [
    'a clock is a word',
    () => keys().pos,
    (key) => [['HSET', key, 'logClock', 'noon']],
    '',
    /pos field logClock/,
  ],
  [
    'pos is a list',
    () => keys().pos,
    (key) => [
      ['DEL', key],
      ['LPUSH', key, 'x'],
    ],
    '',
    /pos is not a hash/,
  ],
  ['pos is a text', () => keys().pos, (key) => [['SET', key, 'x']], '', /pos is not a hash/],
  [
    'a chunk of the total is a text',
    () => keys().of(chunk),
    (key) => [['SET', key, 'x']],
    'series',
    /c:all:1m:0\.\d+ is not a hash/,
  ],
  [
    'a cell is garbage',
    () => keys().of(chunk),
    (key) => [['HSET', key, String(Math.floor(T0 / 60_000) % 128), 'garbage']],
    'series',
    /c:all:1m:0\.\d+ field \d+ holds bytes/,
  ],
  [
    'a slot is no number',
    () => keys().of(chunk),
    (key) => [['HSET', key, 'zz', 'x']],
    'series',
    /field zz holds bytes.*no slot/,
  ],
  [
    'a name is no JSON',
    () => keys().of(`n:country:${DAY}`),
    (key) => [['HSET', key, 'DE', '9']],
    'names',
    /n:country:\d+ field DE holds bytes.*no name/,
  ],
  [
    'a name is an object',
    () => keys().of(`n:country:${DAY}`),
    (key) => [['HSET', key, '{"a":1}', '9']],
    'names',
    /n:country:\d+ field \{"a":1\}/,
  ],
  [
    'an id is no number',
    () => keys().of(`n:country:${DAY}`),
    (key) => [['HSET', key, '["DE"]', 'one']],
    'names',
    /n:country:\d+ field \["DE"\].*no id/,
  ],
  [
    'names are a set',
    () => keys().of(`n:country:${DAY}`),
    (key) => [
      ['DEL', key],
      ['SADD', key, 'x'],
    ],
    'names',
    /n:country:\d+ is not a hash/,
  ],
  [
    'a chunk of names is garbage',
    () => keys().of(named),
    (key) => [['HSET', key, '1', '\xff']],
    'names',
    /c:country:1m:0\.\d+ field 1 holds bytes/,
  ],
  [
    'rejects are a list',
    () => keys().rejects,
    (key) => [
      ['DEL', key],
      ['LPUSH', key, 'x'],
    ],
    'rejects',
    /rejects is not a stream/,
  ],
  [
    'the tail is a hash',
    () => keys().tail,
    (key) => [
      ['DEL', key],
      ['HSET', key, 'a', 'b'],
    ],
    'events',
    /tail is not a stream/,
  ],
  [
    'presence is a text',
    () => keys().seen,
    (key) => [['SET', key, 'x']],
    'entities',
    /seen holds something else/,
  ],
  [
    'latest values are a text',
    () => keys().last,
    (key) => [['SET', key, 'x']],
    'entities',
    /last holds something else/,
  ],
]

const questions: Record<string, () => Promise<{ status: number; body: Answer }>> = {
  series: () => series('sick'),
  names: () => series('sick', '&by=country'),
  top: () => get(`/v1/top?metric=sick.events&by=country&from=${T0}&to=${T0 + 60_000}`),
  events: () => get('/v1/events?source=sick'),
  rejects: () => get('/v1/rejects?source=sick'),
  entities: () => get('/v1/entities?source=sick'),
}
/** Reads the same keys as another. */
const MEETS: Record<string, readonly string[]> = {
  names: ['names', 'top'],
  series: ['series'],
  '': Object.keys(questions),
}

describe('a damaged key of one partition', () => {
  test.each(kinds)('%s', async (_, keyOf, commands, meets, told) => {
    const key = keyOf()
    await damagedBy([key], commands(key), () =>
      asking(async () => {
        const hit = MEETS[meets] ?? [meets]
        for (const [name, ask] of Object.entries(questions)) {
          const { status, body } = await ask()
          expect([name, status]).toEqual([name, 200])
          expect([name, body.meta.complete]).toEqual([name, hit.includes(name) ? 2 / 3 : 1])
          if (!hit.includes(name)) continue
          expect(body.meta.incomplete).toMatchObject([{ partition: 1, state: 'damaged' }])
          expect(body.meta.incomplete![0]!.why).toMatch(told)
          expect(body.meta.incomplete![0]!.why).toContain('tidemark audit')
          if (name === 'series') expect(body.series![0]!.values).toEqual([4])
          if (name === 'names') expect(body.series!.map(({ values }) => values)).toEqual([[2], [2]])
        }
        const { status, body } = await get<StatusAnswer>('/v1/status')
        expect(status).toBe(200)
        const [of, other] = body.sources
        expect(
          of!.damaged.some(
            ({ key: damaged, why }) =>
              damaged === key &&
              told.test(
                `${damaged.replace(/.*:g1:/, '')} field ${of!.damaged[0]!.field} ${why}`.replace(
                  ' field null',
                  '',
                ),
              ),
          ),
        ).toBe(true)
        expect(of!.partitions.map(({ state }) => state)).toEqual([
          'counted',
          meets === '' ? 'damaged' : 'counted',
          'counted',
        ])
        expect(other).toMatchObject({ source: 'sound', damaged: [], provenance: { complete: 1 } })
        expect((await get('/v1/catalog')).status).toBe(200)
        expect((await series('sound')).body).toMatchObject({
          meta: { complete: 1 },
          series: [{ values: [2] }],
        })
      }),
    )
    await asking(async () => {
      for (const ask of Object.values(questions)) expect((await ask()).body.meta.complete).toBe(1)
      expect((await series('sick')).body.series![0]!.values).toEqual([6])
    })
  })

  test('it comes and goes under a server that runs, and what was kept of the partition goes with it', () =>
    asking(async () => {
      expect((await series('sick')).body.series![0]!.values).toEqual([6])
      await damagedBy([keys().pos], [['HSET', keys().pos, 'next', 'abc']], async () => {
        expect((await series('sick')).body).toMatchObject({
          meta: { complete: 2 / 3, vector: { 0: 3, 2: 3 } },
          series: [{ values: [4] }],
        })
      })
      expect((await series('sick')).body).toMatchObject({ meta: { complete: 1 }, series: [{ values: [6] }] })
    }))

  test('a damaged feed costs time and no number, and is told', () =>
    asking(async () => {
      expect((await series('sick')).body.series![0]!.values).toEqual([6])
      const { feed } = keys()
      await damagedBy([feed], [['SET', feed, 'x']], async () => {
        expect((await series('sick')).body).toMatchObject({
          meta: { complete: 1 },
          series: [{ values: [6] }],
        })
        expect((await get<StatusAnswer>('/v1/status')).body.sources[0]!.damaged).toMatchObject([
          { key: feed, field: null },
        ])
      })
    }))
})

describe('a catalog', () => {
  const named = (damaged: readonly Damage[], key: string): Damage | undefined =>
    damaged.find((one) => one.key === key)
  const entry = (change: object): string =>
    JSON.stringify({ source: { ...source('newer'), ...change }, def: 'd', state: 'active', sinceMs: 1 })

  test.each<[string, (key: string) => Command[], RegExp]>([
    ['of another program', (key) => [['SET', key, 'x']], /^is not a hash$/],
    ['that is a list', (key) => [['LPUSH', key, 'x']], /^is not a hash$/],
    ['with nothing of ours in it', (key) => [['HSET', key, 'foo', 'bar']], /names no generation/],
    ['that is no JSON', (key) => [['HSET', key, 'active', 1, 'partitions', 1, 'g:1', '{']], /^is not JSON$/],
    [
      'of another layout',
      (key) => [
        [
          'HSET',
          key,
          'active',
          1,
          'partitions',
          1,
          'g:1',
          '{"source":{"name":"newer"},"def":"d","state":"active","sinceMs":1}',
        ],
      ],
      /definition of this layout \(source\.topic/,
    ],
    [
      'with a metric that a newer version knows',
      (key) => [
        [
          'HSET',
          key,
          'active',
          1,
          'partitions',
          1,
          'g:1',
          entry({ metrics: [{ kind: 'medians', name: 'visitors', field: 'visitor', where: [] }] }),
        ],
      ],
      /source\.metrics\.0/,
    ],
    [
      'without partitions',
      (key) => [['HSET', key, 'active', 1, 'partitions', 'many', 'g:1', entry({})]],
      /no number of partitions/,
    ],
    [
      'of another source',
      (key) => [['HSET', key, 'active', 1, 'partitions', 1, 'g:1', entry({ name: 'other' })]],
      /definition of other/,
    ],
  ])('%s is named, and harms no other source', async (_, commands, told) => {
    const key = catalogKey('newer')
    await damagedBy([key], commands(key), () =>
      asking(async () => {
        for (const url of ['/v1/status', '/v1/catalog']) {
          const { status, body } = await get<StatusAnswer & CatalogAnswer>(url)
          expect(status).toBe(200)
          expect(body.sources.map((one) => one.source)).toEqual(['sick', 'sound'])
          expect(named(body.damaged, key)!.why).toMatch(told)
          expect(named(body.damaged, key)!.todo).not.toBe('')
        }
        expect((await series('sick')).body.meta.complete).toBe(1)
        const asked = await get<Problem>('/v1/series?metric=newer.events')
        expect([asked.status, asked.body.type]).toEqual([503, 'urn:tidemark:problem:store_damaged'])
        expect(asked.body.detail).toContain(key)
      }),
    )
  })

  test('a generation of a newer layout beside the one that answers does it no harm', async () => {
    const key = catalogKey('sick')
    await damagedBy([key], [['HSET', key, 'g:2', '{"layout":9}']], () =>
      asking(async () => {
        expect((await series('sick')).body).toMatchObject({
          meta: { complete: 1 },
          series: [{ values: [6] }],
        })
        expect((await get<StatusAnswer>('/v1/status')).body.sources[0]!.damaged).toMatchObject([
          { key, field: 'g:2' },
        ])
      }),
    )
  })

  test.each<[string, (key: string) => Command[]]>([
    ['lost', (key) => [['DEL', key]]],
    ['overwritten', (key) => [['SET', key, 'x']]],
  ])(
    'that is %s under a server that runs: it goes on with what it knew, and says so',
    async (_, commands) => {
      const key = catalogKey('sick')
      let at = nowMs
      app = await createServer({ store, version: '0', pageDirectory: null, now: () => at })
      try {
        expect((await series('sick')).body.meta.catalogLost).toBeUndefined()
        await damagedBy([key], commands(key), async () => {
          at += 1001
          const { status, body } = await series('sick')
          expect([status, body.series![0]!.values, body.meta.complete]).toEqual([200, [6], 1])
          expect(body.meta.catalogLost).toMatch(/catalog/)
          expect((await get<CatalogAnswer>('/v1/catalog')).body.sources.map((one) => one.source)).toEqual([
            'sick',
            'sound',
          ])
          expect((await get<StatusAnswer>('/v1/status')).body.sources[0]).toMatchObject({
            source: 'sick',
            provenance: { catalogLost: body.meta.catalogLost },
          })
        })
        at += 1001
        expect((await series('sick')).body.meta.catalogLost).toBeUndefined()
      } finally {
        await app.close()
      }
    },
  )

  test('that is lost before a server ever read it: the source is not told as one that never was', async () => {
    const key = catalogKey('sick')
    await damagedBy([key], [['DEL', key]], () =>
      asking(async () => {
        const { status, body } = await get<Problem>('/v1/series?metric=sick.events')
        expect([status, body.type]).toEqual([503, 'urn:tidemark:problem:store_damaged'])
        expect((await get<Problem>('/v1/series?metric=never.events')).status).toBe(404)
      }),
    )
  })
})
