/** Records for the scanner's tests: made along the paths of a source, most of them good, then harmed in all the ways that records are. */
import type { Path, Source } from '../../model/definition.ts'

export type Roll = (below: number) => number

export function random(seed: number): Roll {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export const NOW_MS = Date.UTC(2026, 4, 1, 12)
const iso = (ms: number): string => new Date(ms).toISOString()

const USUAL_TEXTS = [
  '/a',
  '/checkout',
  'Zürich',
  '°C',
  'DE',
  'v4dbfe4daf06d',
  '404',
  'true',
  '/p/?utm_source=news&x=1',
]
const TEXTS = [
  '',
  'x'.repeat(300),
  '日本',
  '😀',
  'a\\"b',
  '__other__',
  ' ',
  '\u202e',
  '\\u0041',
  '\\ud800',
  '\\ud83d\\ude00',
  'ü'.normalize('NFD'),
  '\u007f',
  'HTTPS://Shop.example/%C3%BC/?UTM_SOURCE=a#/b/',
  '412,52',
  '1,2,3',
  '-7.25',
  '007',
  '1e3',
  '12345678901234567',
  'false',
  'a\\/b',
  '\ufffd',
]
const USUAL_NUMBERS = ['0', '7', '10.49', '-3.5', '0.1', '2.675', '123456.789012', '404']
const NUMBERS = [
  '-0',
  '0.0',
  '-0.0',
  '1.0',
  '200.50',
  '1e3',
  '1E-2',
  '1e-7',
  '0.0000001',
  '123456789012345',
  '1234567890123456',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890123',
  '1'.repeat(41),
  '1'.repeat(400),
  '0.005',
  '1.005',
  '-0.5',
  '1e400',
  '-1e400',
  '1.23456789e22',
  '00',
  '01',
  '-',
  '-01',
  '.5',
  '5.',
  '1.e3',
  '1e',
  '1e+',
  '+1',
  '1.2345675',
  '0.1234567890123456789',
  '999999999999.999',
  '9007199254740.991',
  '9007199254740.993',
  '900719925474099.25',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
]
const USUAL_TIMES = [
  String(NOW_MS),
  String(Math.floor(NOW_MS / 1000)),
  `"${iso(NOW_MS)}"`,
  '"2026-05-01T11:59:59Z"',
]
const TIMES = [
  '"2026-02-29T00:00:00Z"',
  '"2028-02-29T00:00:00Z"',
  '"2026-05-01T11:59:59+01:00"',
  '"2026-05-01T11:59:59.123456Z"',
  '"2026-05-01T11:59:59"',
  '"2026-05-01 11:59:59"',
  '"2026-05-01T24:00:00Z"',
  '"2026-05-01T23:60:00Z"',
  '"2026-13-01T00:00:00Z"',
  '"2026-00-10T00:00:00Z"',
  '"2026-04-31T00:00:00Z"',
  '"1969-12-31T00:00:00.000Z"',
  '"1970-01-01T00:00:00Z"',
  '"0000-01-01T00:00:00Z"',
  '"9999-12-31T23:59:59.999Z"',
  '"2026-05-01t11:59:59Z"',
  '"2026-05-01T11:59:59z"',
  '"20x6-05-01T11:59:59Z"',
  '"2026-05-01T11:59:5\\u0039Z"',
  `"${NOW_MS}"`,
  `"${NOW_MS / 1000}.250"`,
  `"${NOW_MS}000000"`,
  `"-${NOW_MS}"`,
  `${NOW_MS}000`,
  `${NOW_MS}999999`,
  `${NOW_MS / 1000}.2505`,
  '1.7776e12',
  '1.7776368001e19',
  '12345678901e8',
  String(NOW_MS + 59_000),
  String(NOW_MS + 61_000),
  '99999999',
  '5',
  '-1',
  'null',
  'true',
  '{}',
  '""',
]
const VALUES = [
  'null',
  'true',
  'false',
  '[]',
  '{}',
  '[1,{"a":[null]}]',
  '{"x":{"y":1}}',
  'nul',
  'truE',
  '"\\n"',
  '"\\x"',
  '"\\u12g4"',
  '"\n"',
  "'a'",
  '[1,]',
  '{"a":1,}',
  '[' + '['.repeat(40) + ']'.repeat(40) + ']',
  '{"a":'.repeat(40) + '1' + '}'.repeat(40),
]

interface Place {
  readonly kind: 'time' | 'text' | 'number'
  readonly inside: Map<string, Place>
}

/** The names that the paths of a source go through, as a tree. */
function placesOf(source: Source): Map<string, Place> {
  const root = new Map<string, Place>()
  const put = (path: Path, kind: Place['kind']): void => {
    if (path[0] === '$') return
    let holder = root
    for (const name of path) {
      const place = holder.get(name) ?? { kind, inside: new Map<string, Place>() }
      holder.set(name, place)
      holder = place.inside
    }
  }
  for (const path of [source.timePath, ...(source.timeElse ?? [])]) put(path, 'time')
  for (const { from, type } of source.fields)
    for (const path of from) put(path, type === 'number' ? 'number' : 'text')
  for (const path of source.id?.from ?? []) put(path, 'text')
  return root
}

export interface MadeRecord {
  readonly key: Buffer | null
  readonly headers: [string, Buffer | null][]
  readonly value: Buffer
}

export function recordMaker(source: Source, roll: Roll): () => MadeRecord {
  const places = placesOf(source)
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!
  const seldom = <T>(oneIn: number, rare: readonly T[], usual: readonly T[]): T =>
    pick(roll(oneIn) === 0 ? rare : usual)
  const text = (): string => `"${seldom(12, TEXTS, USUAL_TEXTS)}"`
  const number = (): string => seldom(12, NUMBERS, USUAL_NUMBERS)
  // Most records are good: one fault sends the whole of it to the plain decoder.
  const valueOf = (kind: Place['kind']): string => {
    if (kind === 'time') return seldom(6, TIMES, USUAL_TIMES)
    if (roll(40) === 0) return pick(VALUES)
    if (kind === 'text')
      return roll(source.fields.some(({ takes }) => takes) ? 4 : 40) === 0 ? number() : text()
    return roll(source.fields.some(({ takes }) => takes) ? 4 : 40) === 0 ? `"${number()}"` : number()
  }
  const space = (): string =>
    roll(9) === 0
      ? roll(40) === 0
        ? pick(['\u00a0', '\f', '\ufeff'])
        : pick([' ', '\n', '\t ', '\r\n'])
      : ''
  const nameOf = (name: string): string => {
    const kind = roll(400)
    return kind === 0
      ? name.replace(/[a-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
      : kind === 1
        ? `${name}é`
        : name
  }
  function object(inside: Map<string, Place>): string {
    const pairs = [...inside].filter(() => roll(40) > 0)
    if (roll(50) === 0 && pairs.length > 0) pairs.push(pick(pairs))
    if (roll(10) === 0) pairs.reverse()
    const written = pairs.map(([name, place]): [string, string] => [
      nameOf(name),
      place.inside.size > 0 && roll(20) > 0 ? object(place.inside) : valueOf(place.kind),
    ])
    if (roll(6) === 0)
      written.splice(roll(written.length + 1), 0, [
        pick(['extra', '__proto__', 'näme', '']),
        pick([...VALUES, text(), number()]),
      ])
    const body = written
      .map(([name, value]) => `"${name}"${space()}:${space()}${value}${space()}`)
      .join(`,${space()}`)
    return `{${space()}${body}}`
  }
  const whole = (): string => {
    const kind = roll(200)
    if (kind === 0) return `[${object(places)}${roll(2) === 0 ? `,${object(places)}` : ''}]`
    if (kind === 1) return `${object(places)}\n${object(places)}`
    if (kind === 2) return pick(VALUES)
    return `${space()}${object(places)}${space()}`
  }
  const bytesOf = (): Buffer | null =>
    roll(20) === 0
      ? pick([null, Buffer.alloc(0), Buffer.from([0xc3]), Buffer.from('ü'), Buffer.from('\ufffd')])
      : Buffer.from(pick(['k1', 'k2', 'press-7']))
  return () => {
    let value = Buffer.from(whole())
    if (source.framed !== undefined && roll(2) === 0)
      value = Buffer.concat([Buffer.from(pick([[0, 0, 0, 0, 7], [0, 0, 0, 7], [3, 0, 0, 0, 7], [0]])), value])
    if (roll(300) === 0) value = Buffer.concat([Buffer.from('\ufeff'), value])
    if (roll(4) === 0) value = harm(value, roll)
    const headers: MadeRecord['headers'] = []
    if (roll(3) === 0) headers.push(['other', Buffer.from('x')])
    if (roll(2) === 0) headers.push(['line', bytesOf()])
    if (roll(2) === 0) headers.push(['value', roll(6) === 0 ? bytesOf() : Buffer.from(number())])
    return { key: bytesOf(), headers, value }
  }
}

/** Bytes flipped, cut, moved, repeated; tokens of JSON put in. */
function harm(bytes: Buffer, roll: Roll): Buffer<ArrayBuffer> {
  let out = Buffer.from(bytes)
  const tokens = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '0',
    '-',
    'e',
    '.',
    ' ',
    '\0',
    '\x1f',
    'null',
    '\\u0000',
    '""',
  ]
  for (let times = roll(3); times > 0 && out.length > 0; times--) {
    const at = roll(out.length)
    const kind = roll(7)
    if (kind === 0) out[at] = roll(256)
    else if (kind === 1) out = out.subarray(0, at)
    else if (kind === 2) out.copyWithin(at, roll(out.length))
    else if (kind === 3) out[at] = out[roll(out.length)]!
    else if (kind === 4) out[at] = out[at]! ^ (1 << roll(8))
    else if (kind === 5)
      out = Buffer.concat([out.subarray(0, at), Buffer.from(tokens[roll(tokens.length)]!), out.subarray(at)])
    else {
      const from = roll(out.length)
      out = Buffer.concat([out.subarray(0, at), out.subarray(from, from + roll(20)), out.subarray(at)])
    }
  }
  return out
}
