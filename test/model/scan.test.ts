/** The scanner against the plain decoder: over mutated records they never disagree. SCAN_RECORDS=1000000 tries a million. */
import { describe, expect, test } from 'vitest'
import { DecodedBatch } from '../../model/batch.ts'
import { keyHash } from '../../model/clock.ts'
import { compileDecoder } from '../../model/decode.ts'
import { compileScan } from '../../model/scan/scanner.ts'
import { sourceOf } from './scan-sources.ts'

const RECORDS = Number(process.env['SCAN_RECORDS'] ?? 5_000)
const NOW_MS = Date.UTC(2026, 4, 1, 12)

const flat = sourceOf({
  topic: 't',
  key: 'visitor',
  time: 'ts',
  fields: {
    visitor: 'string',
    path: 'string',
    country: 'string?',
    loadMs: 'number?',
    amount: 'number?',
    unused: 'string?',
  },
  breakdowns: ['path', ['country', 'path']],
  metrics: {
    events: 'count',
    de: { count: true, where: ['country:is:DE'] },
    revenue: { sum: 'amount', decimals: 2 },
    load: { stats: 'loadMs', decimals: 6 },
    visitors: { uniques: 'visitor' },
    countries: { uniques: 'country' },
  },
  entity: { online: '1m', last: { by: 'path', of: ['amount'] } },
})
const nested = sourceOf({
  topic: 't',
  key: 'device',
  time: 'meta.at',
  fields: {
    device: { type: 'string', from: ['id', 'meta.device'] },
    site: { type: 'string?', from: ['geo.site', 'meta.site', 'site'] },
    value: { type: 'number', from: 'payload.value' },
  },
  breakdowns: ['site'],
  metrics: { value: { stats: 'value', decimals: 3 } },
})

function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const TEXTS = [
  '/a',
  '/checkout',
  'Zürich',
  '日本',
  '😀',
  '',
  'x'.repeat(300),
  'a\\"b',
  '__other__',
  'DE',
  ' ',
  '\u202e',
  '\\u0041',
  '\\ud800',
  'ü'.normalize('NFD'),
]
const NUMBERS = [
  '0',
  '-0',
  '1',
  '10.49',
  '-3.5',
  '1e3',
  '1E-2',
  '123456789012345',
  '1234567890123456',
  '9007199254740993',
  '0.1',
  '2.675',
  '0.005',
  '-0.5',
  '1e400',
  '00',
  '01',
  '.5',
  '5.',
  '1.2345675',
  '999999999999.999',
  '9007199254740.991',
  '9007199254740.993',
  '-',
]
const TIMES = [
  String(NOW_MS),
  String(Math.floor(NOW_MS / 1000)),
  `"${new Date(NOW_MS).toISOString()}"`,
  '"2026-05-01T11:59:59Z"',
  '"2026-02-29T00:00:00Z"',
  '"2026-05-01T11:59:59+01:00"',
  '"2026-05-01T24:00:00Z"',
  '"1969-12-31T00:00:00.000Z"',
  String(NOW_MS + 59_000),
  String(NOW_MS + 61_000),
  '5',
  'null',
  '"2026-05-01T11:59:59.1234Z"',
  '"2026-05-01t11:59:59Z"',
  '"20x6-05-01T11:59:59Z"',
]
const VALUES = ['null', 'true', 'false', '[]', '{}', '[1,{"a":[null]}]', '{"x":{"y":1}}', 'nul', '"\\n"']

function record(roll: (below: number) => number, isFlat: boolean): string {
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!
  // Most records are good: one fault sends the whole of it to the plain decoder.
  const text = (): string =>
    roll(60) === 0 ? pick(VALUES) : `"${roll(12) === 0 ? pick(TEXTS) : TEXTS[roll(7)]!}"`
  const number = (): string =>
    roll(60) === 0
      ? pick(VALUES)
      : roll(12) === 0
        ? pick(NUMBERS)
        : ['0', '7', '10.49', '-3.5', '0.1', '2.675', '123456.789012'][roll(7)]!
  const time = (): string => (roll(8) === 0 ? pick(TIMES) : TIMES[roll(4)]!)
  const space = (): string => (roll(9) === 0 ? (roll(40) === 0 ? '\u00a0' : pick([' ', '\n', '\t '])) : '')
  const object = (pairs: string[][]): string => {
    const kept = pairs.filter(() => roll(40) > 0)
    if (roll(50) === 0 && kept.length > 0) kept.push(pick(kept))
    if (roll(8) === 0) kept.push(['extra', pick(VALUES)])
    return `{${space()}${kept.map(([name, value]) => `"${roll(300) === 0 ? name!.replace('a', '\\u0061') : name}"${space()}:${space()}${value}${space()}`).join(`,${space()}`)}}`
  }
  if (isFlat)
    return object([
      ['ts', time()],
      ['visitor', text()],
      ['path', text()],
      ['country', text()],
      ['loadMs', number()],
      ['amount', number()],
      ['unused', text()],
    ])
  return object([
    ['id', text()],
    [
      'meta',
      roll(10) === 0
        ? pick(VALUES)
        : object([
            ['at', time()],
            ['device', text()],
            ['site', text()],
          ]),
    ],
    ['geo', object([['site', text()]])],
    [
      'payload',
      roll(9) === 0
        ? pick(VALUES)
        : object([
            ['value', number()],
            ['other', text()],
          ]),
    ],
    ['site', text()],
  ])
}

function mutate(bytes: Buffer, roll: (below: number) => number): Buffer {
  const out = Buffer.from(bytes)
  for (let times = roll(3); times > 0; times--) {
    const at = roll(out.length)
    const kind = roll(4)
    if (kind === 0) out[at] = roll(256)
    else if (kind === 1) return out.subarray(0, at)
    else if (kind === 2) out.copyWithin(at, roll(out.length))
    else out[at] = out[roll(out.length)]!
  }
  return out
}

describe('the scanner and the plain decoder', () => {
  for (const [name, source] of [
    ['flat', flat],
    ['nested', nested],
  ] as const)
    test(`agree on ${RECORDS} mutated ${name} records`, () => {
      const batch = new DecodedBatch(source)
      const { layout, dictionary, events: columns } = batch
      const scan = compileScan(source, batch)
      const keyAt = source.fields.findIndex((field) => field.name === source.key)
      const decode = compileDecoder(source)
      const roll = random(name === 'flat' ? 11 : 12)
      let taken = 0
      let couldTake = 0
      for (let n = 0; n < RECORDS; n++) {
        const text = Buffer.from(record(roll, name === 'flat'))
        const value = roll(4) === 0 ? mutate(text, roll) : text
        if (value.length === 0) continue
        const padded = Buffer.concat([Buffer.from('xx'), value, Buffer.from('}"')]) // what lies around a value is not looked at
        columns.count = 0
        if (dictionary.size > 5000) dictionary.clear()
        const isTaken = scan(padded, 2, 2 + value.length, NOW_MS)
        const plain = decode(value, NOW_MS)
        const events = 'events' in plain ? plain.events : []
        if (events.length === 1) couldTake++
        if (!isTaken) {
          expect(columns.count).toBe(0)
          continue
        }
        taken++
        const shown = value.toString()
        expect(events.length, shown).toBe(1)
        const [event] = events
        expect(columns.timeMs[0], shown).toBe(event!.timeMs)
        expect(columns.keyHashes[0], shown).toBe(keyHash(event!.values[keyAt]!))
        for (const [f, field] of source.fields.entries()) {
          const want = event!.values[f]!
          if (layout.textOf[f]! >= 0)
            expect(
              dictionary.textOf(columns.texts[layout.textOf[f]!]![0]!),
              `${field.name} of ${shown}`,
            ).toBe(want)
          if (layout.numberOf[f]! >= 0)
            expect(columns.numbers[layout.numberOf[f]!]![0], shown).toBe(want ?? NaN)
        }
        for (const [m, column] of layout.unitsOf.entries())
          if (column >= 0) expect(columns.units[column]![0], shown).toBe(event!.units[m] ?? NaN)
      }
      // It would prove nothing if the scanner left everything to the other.
      expect(taken).toBeGreaterThan(couldTake * 0.3)
    })
})
