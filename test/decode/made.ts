/** Definitions and records made up from a seed: the usual, the odd, and all that is nearly one of them. */
import type { DefinitionFile } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'
import { sourceOf } from './source.ts'

type Given = DefinitionFile['sources'][string]

export interface MadeRecord {
  value: Buffer | null
  tsMs: number | null
  key: Buffer | null
  headers: Record<string, string>
}

/** Mulberry32: the same numbers for the same seed, everywhere. */
class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = (seed * 2654435761) | 0
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  chance(of: number): boolean {
    return this.next() < of
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!
  }
}

const NOW = 1_795_555_607_312
const TIMES = [
  '1795555607312',
  '1795555607.3125',
  '1795555607.29',
  '1795555607312000.5',
  '1795555607312999999',
  '"1795555607312"',
  '"1795555607.3129999999999"',
  '"2026-11-24T22:26:47+0100"',
  '"2026-11-24T21:26:47.312345678+0000"',
  '"2026-11-24 21:26:47,5Z"',
  '"2026-11-24T21:26:47z"',
  '"2026-11-24T22:26:47+01"',
  '"2026-11-24 21:26:47"',
  '"2026.11.24 21:26:47"',
  '"2026-10-25T02:30:00"',
  '"2026-03-29T02:30:00"',
  '"20261124T212647"',
  '"Tue, 24 Nov 2026 21:26:47 GMT"',
  '"24/Nov/2026:22:26:47 +0100"',
  '"Tue Nov 24 2026 22:26:47 GMT+0100 (Central European Standard Time)"',
  '"2026-11-24T22:26:47+01:00[Europe/Berlin]"',
  '"2026-11-24T22:26:47+0160"',
  '"2026-13-24T22:26:47Z"',
  '"yesterday"',
  '1e3',
  'true',
  'null',
]
const SCALARS = [
  '1',
  '-0',
  '200.0',
  '2e2',
  '412.0731',
  '1e-7',
  '0.1234567890123456789',
  '123456789012345.678',
  '9007199254740993',
  '-9007199254740993.0',
  '12345678901234567890',
  '18446744073709551616',
  '1e22',
  '1e999',
  'true',
  'false',
  'null',
  '""',
  '"a"',
  '"é\\ud83d\\ude00"',
  '"\\ud800"',
  '"412.0731"',
  '"00412.2"',
  '"412,52"',
  '"-0"',
  '"1e3"',
  '"0x1F"',
  '" 1"',
  '"１２"',
  '"9007199254740993"',
  '"1e999"',
  '"true"',
  '"/blog/?utm_source=x&y=%C3%BC"',
  '"/%c3%bcber/"',
  '"/u\\u0308ber#top"',
  '"/#/blog/?utm_source=h"',
  '"/bad%E0%A4%41%2f"',
  '"HTTPS://Shop.Example/Blog/"',
  '[]',
  '["a"]',
  '["a","b","a",null,""]',
  '[9007199254740993,9007199254740992,1.0,1,true]',
  '[["a"]]',
  '["\\ud800",1e-7]',
  `[${Array.from({ length: 21 }, (_, n) => n).join(',')}]`,
  '{}',
  '{"id":"in"}',
]
const PATHS = [
  'a',
  'b',
  'in.a',
  '$key',
  '$key.id',
  '$headers.h',
  '$topic',
  '$timestamp',
  '$name',
  '$value',
  '$outer.b',
]

export function makeSource(seed: number): Source {
  const dice = new Dice(seed + 1)
  const rows = dice.pick<Given['rows']>([
    undefined,
    undefined,
    'lines',
    { verdict: 'each' },
    { lines: true, verdict: 'each' },
    { in: 'list', verdict: dice.pick(['each', 'all']) },
    { pairs: 'in', verdict: dice.pick(['each', 'all']) },
    { pairs: true, verdict: 'each' },
  ])
  const [inner, pairs] = typeof rows === 'object' ? [rows.in, rows.pairs] : [undefined, undefined]
  const paths = PATHS.filter(
    (path) =>
      (inner !== undefined || !path.startsWith('$outer')) &&
      (pairs !== undefined || !/^\$(name|value)/.test(path)),
  )
  const from = (): string[] => [...new Set([dice.pick(paths), dice.pick(paths)])]
  const field = (): Given['fields'][string] => {
    const [mark, optional] = dice.chance(0.8) ? (['?', true] as const) : (['', false] as const)
    const absent = optional && dice.chance(0.3) ? { absent: dice.pick(['empty', 'unreadable'] as const) } : {}
    switch (dice.pick(['name', 'page', 'campaign', 'number', 'flag', 'list'])) {
      case 'name':
        return {
          type: `string${mark}`,
          from: from(),
          ...absent,
          ...(dice.chance(0.7) && { accept: ['number', 'boolean'] }),
        }
      case 'page':
        return {
          type: `string${mark}`,
          from: from(),
          clean: dice.pick([['path'], ['path', 'lowercase'], ['lowercase']]),
        }
      case 'list':
        return {
          type: 'string[]',
          from: from(),
          ...(dice.chance(0.7) && { accept: ['number', 'boolean'] }),
          ...(dice.chance(0.3) && { absent: 'empty' as const }),
        }
      case 'campaign':
        return { type: 'string?', from: from(), query: 'utm_source' }
      case 'number':
        return {
          type: `number${mark}`,
          from: from(),
          ...absent,
          ...(dice.chance(0.7) && { accept: dice.pick(['text', 'comma']) }),
        }
      default:
        return { type: `boolean${mark}`, from: from(), ...(dice.chance(0.5) && { accept: 'text' }) }
    }
  }
  return sourceOf({
    time: dice.pick<Given['time']>(['ts', 'ts', 'ts', ['ts', '$kafka'], ['$headers.at', 'ts'], '$kafka']),
    ...(dice.chance(0.4) && { zone: dice.pick(['Europe/Berlin', 'America/New_York', 'UTC']) }),
    ...(dice.chance(0.2) && { framed: dice.pick(['confluent', 'glue'] as const) }),
    ...(rows !== undefined && { rows }),
    ...(dice.chance(0.4) && { id: from() }),
    ...(dice.chance(0.3) && { entity: { online: '1m' } }),
    fields: { k: 'string?', f: field(), g: field(), n: { type: 'number?', from: 'a' } },
    metrics: { events: 'count', n: { sum: 'n', decimals: 2 } },
  })
}

export function makeRecord(source: Source, seed: number): MadeRecord {
  const dice = new Dice(seed + 7919)
  const scalar = (): string => dice.pick(SCALARS)
  const plainTime = (): string => (dice.chance(0.6) ? String(NOW) : dice.pick(TIMES))
  const object = (): string => {
    const parts = [`"ts":${plainTime()}`]
    for (const name of ['a', 'b', 'k', '7', '10'])
      if (dice.chance(0.4))
        parts.push(`"${name}":${name === 'k' ? dice.pick(['"v"', '"v"', '""']) : scalar()}`)
    if (dice.chance(0.6)) parts.push(`"in":{"a":${scalar()},"x":${scalar()},"3":${scalar()}}`)
    if (dice.chance(0.05)) parts.push(`"a":${scalar()}`) // twice
    return `{${parts.join(',')}}`
  }
  const item = (): string => (dice.chance(0.03) ? scalar() : object())
  const several = (most: number): string[] => Array.from({ length: 1 + Math.floor(dice.next() * most) }, item)
  const one = (): string => {
    if (source.rows?.in != null)
      return `{"b":"outer","list":${dice.chance(0.8) ? `[${several(3).join(',')}]` : scalar()}}`
    return dice.chance(0.2) ? `[${several(dice.chance(0.1) ? 30 : 3).join(',')}]` : item()
  }
  const texts = source.rows?.lines === true || dice.chance(0.05) ? [one(), one()] : [one()]
  let text = texts.join(dice.pick(['\n', '\r\n', '', '\n\n']))
  if (dice.chance(0.04)) text = text.slice(0, -2)
  const before = dice.pick([
    ...Array.from({ length: source.framed === undefined ? 12 : 2 }, (): number[] => []),
    [0xef, 0xbb, 0xbf],
    [0, 0, 0, 0, 12],
    [0, 0, 0, 0, 200],
    [3, 0, ...Array<number>(16).fill(0x41)],
  ])
  const key = dice.pick<Buffer | null>([
    null,
    Buffer.from('plant-1'),
    Buffer.from('{"id":"in-key"}'),
    Buffer.from('{"id":12345678901234567890}'),
    Buffer.from('7.5'),
    Buffer.from('"quoted \\u00fc"'),
    Buffer.from('"a" and "b"'),
    Buffer.from('"'),
    Buffer.from([0, 0, 0, 0, 9, ...Buffer.from('"framed"')]),
    Buffer.from([0xff, 0x41]),
    Buffer.alloc(0),
    Buffer.from('""'),
    Buffer.from([0, 0, 0, 42]),
    Buffer.from('\ufeff{"id":"marked"}'),
    Buffer.from([0, 0, 0, 0, 200, ...Buffer.from('{"id":"framed"}')]),
  ])
  const headers: Record<string, string> = {}
  if (dice.chance(0.5))
    headers['h'] = dice.pick(['gw', '7.5', 'true', '', '"gw"', '""', 'g\0w', '412,5', '/blog/?utm_source=h'])
  if (dice.chance(0.5))
    headers['at'] = dice.pick([
      '2026-11-24T21:26:47Z',
      '"2026-11-24T21:26:47Z"',
      '1795555607312',
      '2026-11-24 21:26:47',
      'x',
    ])
  return {
    value: dice.chance(0.01) ? null : Buffer.concat([Buffer.from(before), Buffer.from(text)]),
    tsMs: dice.pick([null, NOW, NOW, NOW, NOW - 3_600_000]),
    key,
    headers,
  }
}
