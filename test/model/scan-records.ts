/** Records for the scanner's tests: made along the paths of a source, most of them good, then harmed in all the ways that records are. */
import type { Source } from '../../model/definition.ts'
import { placesOf, quoted, type Place, type Tree } from './scan-places.ts'
import {
  NUMBERS,
  SEQUENCES,
  TEXTS,
  TIMES,
  USUAL_NUMBERS,
  USUAL_TEXTS,
  USUAL_TIMES,
  VALUES,
} from './scan-values.ts'

export type Roll = (below: number) => number

export function random(seed: number): Roll {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export interface MadeRecord {
  readonly key: Buffer | null
  readonly headers: [string, Buffer | null][]
  readonly value: Buffer
}

export function recordMaker(source: Source, roll: Roll): () => MadeRecord {
  const { value: places, key: keyPlaces } = placesOf(source)
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!
  const seldom = <T>(oneIn: number, rare: readonly T[], usual: readonly T[]): T =>
    pick(roll(oneIn) === 0 ? rare : usual)
  const text = (): string => `"${seldom(12, TEXTS, USUAL_TEXTS)}"`
  const number = (): string => seldom(12, NUMBERS, USUAL_NUMBERS)
  // Most records are good: one fault sends the whole of it to the plain decoder.
  const anything = (): string =>
    pick([() => seldom(6, TIMES, USUAL_TIMES), text, number, () => quoted(number()), () => pick(VALUES)])()
  const valueOf = (usual: readonly string[]): string => {
    const kind = roll(usual === USUAL_TIMES ? 16 : 60)
    if (kind === 0) return anything()
    if (kind === 1) return usual === USUAL_TIMES ? pick(TIMES) : usual[0]!.startsWith('"') ? text() : number()
    return pick(usual)
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
  const several = (most: number, inside: Tree): string[] =>
    Array.from({ length: roll(most + 1) }, () => object(inside))
  const inPlace = ({ usual, inside, isList, isEither }: Place): string => {
    if (inside.size === 0 || roll(isEither ? 2 : 20) === 0) return valueOf(usual)
    return isList && roll(8) > 0 ? `[${several(3, inside).join(',')}]` : object(inside)
  }
  function object(inside: Tree): string {
    const pairs = [...inside].filter(() => roll(40) > 0)
    if (roll(50) === 0 && pairs.length > 0) pairs.push(pick(pairs))
    if (roll(10) === 0) pairs.reverse()
    const written = pairs.map(([name, place]): [string, string] => [nameOf(name), inPlace(place)])
    if (roll(6) === 0)
      written.splice(roll(written.length + 1), 0, [
        pick(['extra', '__proto__', 'näme', '', '7']),
        pick([...VALUES, text(), number()]),
      ])
    const body = written
      .map(([name, value]) => `"${name}"${space()}:${space()}${value}${space()}`)
      .join(`,${space()}`)
    return `{${space()}${body}}`
  }
  const whole = (): string => {
    const kind = roll(200)
    if (kind < 10) return `[${several(3, places).join(`,${space()}`)}]`
    if (source.rows?.lines === true)
      return several(3, places)
        .map((one) => one + pick(['\n', ' ', '', '\x1e', ',', ',\n', '\r\n']))
        .join('')
    if (kind === 11) return `${object(places)}\n${object(places)}`
    if (kind === 12) return pick(VALUES)
    return `${space()}${object(places)}${space()}`
  }
  const keyOf = (): Buffer | null =>
    keyPlaces.size > 0 && roll(20) > 0 ? Buffer.from(object(keyPlaces)) : bytesOf()
  const bytesOf = (): Buffer | null =>
    roll(20) === 0
      ? pick([
          null,
          Buffer.alloc(0),
          Buffer.from([0xc3]),
          Buffer.from('ü'),
          Buffer.from('\ufffd'),
          Buffer.from('"k1"'),
          Buffer.from('""'),
          Buffer.from('k1\0'),
          Buffer.from('\ufeffk1'),
          Buffer.from('"'),
          Buffer.from([0, 0, 0, 0, 7, 0x22, 0x6b, 0x22]),
        ])
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
    return { key: keyOf(), headers, value }
  }
}

/** Every odd value in every place, one at a time, in a record that is good but for it. */
export function* oddRecords(source: Source): Generator<MadeRecord> {
  const { value: places } = placesOf(source)
  const text = (place: Place, odd: Place | null, value: string): string => {
    if (place === odd) return value
    if (place.isList) return `[${write(place.inside, odd, value)},${write(place.inside, null, value)}]`
    return place.inside.size > 0 ? write(place.inside, odd, value) : place.usual[0]!
  }
  const write = (inside: Tree, odd: Place | null, value: string): string =>
    `{${[...inside].map(([name, place]) => `"${name}":${text(place, odd, value)}`).join(',')}}`
  const all = (inside: Tree): Place[] => [
    ...new Set([...inside.values()].flatMap((place) => [place, ...all(place.inside)])),
  ]
  const values = [
    ...USUAL_TIMES,
    ...TIMES,
    ...[...USUAL_TEXTS, ...TEXTS].map(quoted),
    ...USUAL_NUMBERS,
    ...NUMBERS,
    ...NUMBERS.map(quoted),
    ...VALUES,
  ]
  const around = { key: Buffer.from('{"device":{"id":"k"}}'), headers: [] }
  for (const place of [...all(places), null]) {
    // A place of its own stands for one that nobody asks for.
    const inside =
      place === null ? new Map([...places, ['extra', { usual: ['1'], inside: new Map() }]]) : places
    const odd = place ?? inside.get('extra')!
    for (const value of values) yield { ...around, value: Buffer.from(write(inside, odd, value)) }
    const [before, behind] = write(inside, odd, '"@@@"').split('@@@') as [string, string]
    for (const sequence of SEQUENCES)
      for (const [left, right] of [
        ['', ''],
        ['abc', 'defg'],
      ] as const)
        yield {
          ...around,
          value: Buffer.concat([
            Buffer.from(before + left),
            Buffer.from(sequence, 'hex'),
            Buffer.from(right + behind),
          ]),
        }
  }
  const good = Buffer.from(write(places, null, ''))
  for (let at = 0; at <= good.length; at++) {
    yield { ...around, value: good.subarray(0, at) }
    for (const byte of [0, 0x20, 0x22, 0x2c, 0x30, 0x5c, 0x7d, 0x80])
      yield {
        ...around,
        value: Buffer.concat([good.subarray(0, at), Buffer.from([byte]), good.subarray(at)]),
      }
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
