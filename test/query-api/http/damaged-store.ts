/** For tests of damaged keys: a sick and a sound source in one store, and every kind of damage. */
/** One damaged or foreign key harms one source or one partition: every kind of it, and back again. */
import type { FastifyInstance } from 'fastify'
import { beforeAll } from 'vitest'
import { createServer } from '../../../query-api/http/server.ts'
import type { Provenance } from '../../../query-api/wire.ts'
import { type Command } from '../../../store/connection/connection.ts'
import { readDefinition } from '../../../model/definition/file.ts'
import { Filler } from '../fill.ts'
import { store } from '../../harness/own-store.ts'
export { store } from '../../harness/own-store.ts'

export const T0 = Date.parse('2026-03-04T05:00:00Z')
export const DAY = Math.floor(T0 / 86_400_000)
export const NOW_MS = T0 + 60_000
/** Devices are entities; 3 partitions; the events of all in one minute. */
export const source = (name: string) =>
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

export let app: FastifyInstance
export let sick: Filler
export let sound: Filler
beforeAll(async () => {
  ;[sick, sound] = [new Filler(store, source('sick'), 3), new Filler(store, source('sound'), 1)]
  for (const filler of [sick, sound]) {
    await filler.open()
    for (let partition = 0; partition < (filler === sick ? 3 : 1); partition++)
      await filler.applyBatch(
        partition,
        [
          { ts: T0, visitor: `v${partition}`, country: 'DE', load: 1 },
          { ts: T0 + 1000, visitor: `w${partition}`, country: 'FR' },
          'no json',
        ],
        NOW_MS,
      )
  }
})

/** A server that never read the store before: damage done behind a mirror's back shows only when something is read anew. */
/** Takes another server for the questions that follow. */
export const askOf = (other: FastifyInstance): void => void (app = other)
export async function asking<T>(work: () => Promise<T>): Promise<T> {
  app = await createServer({ store, version: '0', pageDirectory: null, now: () => NOW_MS })
  try {
    return await work()
  } finally {
    await app.close()
  }
}
export const get = async <T>(url: string): Promise<{ status: number; body: T }> => {
  const response = await app.inject(url)
  return { status: response.statusCode, body: response.json() as T }
}
export type Answer = { meta: Provenance; series?: { values: (number | null)[] }[]; rows?: unknown[] }
export const series = (name: string, by = ''): Promise<{ status: number; body: Answer }> =>
  get(`/v1/series?metric=${name}.events&from=${T0}&to=${T0 + 60_000}&interval=1m${by}`)

export const copyOf = async (keys: readonly string[]): Promise<(Buffer | null)[]> =>
  (await store
    .pipeline(keys.map((key): Command => ['DUMP', key]))
    .catch(async () =>
      Promise.all(keys.map(async (key) => (await store.pipeline([['DUMP', key]]))[0])),
    )) as (Buffer | null)[]
export async function damagedBy(
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

export const keys = () => sick.keys(1)
export const chunk = `c:all:1m:0.${Math.floor(T0 / 60_000 / 128)}`
export const named = `c:country:1m:0.${Math.floor(T0 / 60_000 / 16)}`
/** What is done to partition 1; which question meets it (`''` = every one); what is told of it. */
export const kinds: [
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
