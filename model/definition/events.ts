/** How events are read, spelled out: fields, time, rows, framing, ids. */
import type { EventId, Field, Form, Path, Rows, Source } from '../definition.ts'
import type { Fault, Place } from './faults.ts'
import type { GivenComputed, GivenLookedUp } from './schema-computed.ts'
import { durationMs } from './duration.ts'
import type { GivenSource } from './schema.ts'
import { isInEvent, parsePath } from '../decode/path.ts'
import { isZone, isZoneAsWritten } from '../time/time-zone.ts'

type Report = (place: Place, says: string, aim?: Fault['aim']) => void
type GivenField = Exclude<GivenSource['fields'][string], GivenComputed | GivenLookedUp>
type Accept = 'number' | 'boolean' | 'text' | 'comma'

const ID_BUDGET = 1_000_000
const LONGEST_WITHIN_MS = 31 * 86_400_000
const listOf = <T>(given: T | readonly T[] | undefined): readonly T[] =>
  given === undefined ? [] : Array.isArray(given) ? (given as readonly T[]) : [given as T]

/** Parts of the Kafka record and of rows that have names inside them, and how many. */
const INSIDE: Readonly<Record<string, readonly [number, number]>> = {
  key: [0, 15],
  headers: [1, 1],
  value: [0, 15],
  outer: [1, 15],
}

export function readField(name: string, said: GivenField, at: Place, report: Report): Field {
  const long = typeof said === 'string' ? { type: said } : said
  const { type, from, accept, absent, clean, query } = long
  const isList = type === 'string[]'
  const optional = isList || type.endsWith('?')
  const kind = type.replace(/\?|\[\]/, '') as 'string' | 'number' | 'boolean'
  const paths = from === undefined ? [[name]] : readPaths(from, [...at, 'from'], report)
  const takes = readForms(kind, listOf<Accept>(accept), paths, [...at, 'accept'], report)
  if (absent !== undefined && !optional)
    report([...at, 'absent'], `only an optional field can be absent: type: ${kind}?`)
  for (const [key, given] of Object.entries({ clean, query }))
    if (given !== undefined && kind !== 'string')
      report([...at, key], `only a string field has ${key === 'clean' ? 'spellings' : 'a query'}`)
  if (clean !== undefined && query !== undefined)
    report([...at, 'clean'], 'clean and query of one field: make two fields of it, both from the same place')
  return {
    name,
    type: kind === 'number' ? 'number' : 'string',
    ...(isList && { list: true }),
    optional,
    from: paths,
    ...(takes !== null && { takes }),
    ...(absent !== undefined && { absent }),
    ...(clean !== undefined && { clean: listOf(clean) }),
    ...(query !== undefined && { query }),
  }
}

const ACCEPTS = {
  string: { number: ['number'], boolean: ['boolean'] },
  number: { text: ['digits'], comma: ['digits', 'comma'] },
  boolean: { text: ['words'] },
} as const satisfies Record<string, Partial<Record<Accept, readonly Form[]>>>

/** Null where it takes its own type only. Keys and headers hold texts: a number or flag from there is read from its text. */
function readForms(
  kind: 'string' | 'number' | 'boolean',
  accept: readonly Accept[],
  paths: readonly Path[],
  place: Place,
  report: Report,
): readonly Form[] | null {
  const known: Partial<Record<Accept, readonly Form[]>> = ACCEPTS[kind]
  const forms = new Set<Form>([kind])
  for (const word of accept) {
    const more = known[word]
    if (more === undefined)
      report(place, `a ${kind} does not accept ${word}; it may accept ${Object.keys(known).join(', ')}`)
    for (const form of more ?? []) forms.add(form)
  }
  for (const [root, part, ...rest] of paths) {
    if (root !== '$') continue
    const isText = part === 'headers' || (part === 'key' && rest.length === 0) || part === 'name'
    if (isText && kind === 'number') forms.add('digits')
    if (isText && kind === 'boolean') forms.add('words')
    if (part === 'timestamp' && kind === 'string') forms.add('number')
  }
  return kind !== 'boolean' && forms.size === 1 ? null : [...forms]
}

/** What of a source says how its records are read. */
export function readEvents(
  given: GivenSource,
  at: Place,
  report: Report,
): Pick<Source, 'time' | 'timePath' | 'timeElse' | 'zone' | 'framed' | 'rows' | 'id'> {
  const texts = listOf(given.time)
  const [timePath = [], ...timeElse] = readPaths(given.time, [...at, 'time'], report)
  const rows = readRows(given.rows, [...at, 'rows'], report)
  const { zone, framed } = given
  if (zone !== undefined) checkZone(zone, [...at, 'zone'], report)
  const id = readId(given.id, [...at, 'id'], report)
  checkParts(given, rows, at, report)
  return {
    time: texts.join(' or '),
    timePath,
    ...(timeElse.length > 0 && { timeElse }),
    ...(zone !== undefined && { zone }),
    ...(framed !== undefined && { framed }),
    ...(rows !== null && { rows }),
    ...(id !== null && { id }),
  }
}

function readRows(given: GivenSource['rows'], place: Place, report: Report): Rows | null {
  if (given === undefined) return null
  if (given === 'lines') return { lines: true, in: null, pairs: null, verdict: 'all' }
  const inPath = given.in === undefined ? null : readPath(given.in, [...place, 'in'], report)
  const pairs =
    given.pairs === undefined
      ? null
      : given.pairs === true
        ? []
        : readPath(given.pairs, [...place, 'pairs'], report)
  for (const [key, path] of Object.entries({ in: inPath, pairs }))
    if (path !== null && path.length > 0 && !isInEvent(path))
      report([...place, key], 'rows stand inside the JSON of a record; it takes a path such as batch')
  return { lines: given.lines ?? false, in: inPath, pairs, verdict: given.verdict }
}

function readId(given: GivenSource['id'], place: Place, report: Report): EventId | null {
  if (given === undefined) return null
  const long =
    typeof given === 'object' && 'from' in given ? given : { from: given, within: '1d', budget: ID_BUDGET }
  const withinMs = durationMs(long.within)
  if (withinMs < 1000 || withinMs > LONGEST_WITHIN_MS)
    report([...place, 'within'], 'an id is remembered for 1s to 31d')
  const from = readPaths(long.from, long === given ? [...place, 'from'] : place, report)
  return { from, withinMs, budget: long.budget }
}

function readPaths(given: string | readonly string[], place: Place, report: Report): Path[] {
  if (typeof given === 'string') return [readPath(given, place, report)]
  return given.map((text, index) => readPath(text, [...place, index], report))
}

function readPath(text: string, place: Place, report: Report): Path {
  if (text === '$' || text.startsWith('$.'))
    report(place, `a path begins with a name: ${text.slice(2) || 'payload.amount'}`)
  if (/(?<!\\)\[(?:\d+|\*)?\](?:\.|$)|(?:^|\.)\*(?:\.|$)/.test(text))
    report(
      place,
      String.raw`a path does not lead into lists; rows: { in: ... } makes events of their items, string[] counts their values (a name with brackets is written \[0])`,
    )
  const path = parsePath(text)
  const [root, part = '', ...rest] = path
  if (root !== '$') return path
  const [least, most] = INSIDE[part] ?? [0, 0]
  if (rest.length < least)
    report(place, `say which one, such as ${text}.${part === 'headers' ? 'device' : 'name'}`)
  if (rest.length > most)
    report(
      place,
      part === 'headers'
        ? String.raw`a header has no names inside it; a dot in its name is written \.`
        : `$${part} has no names inside it`,
    )
  return path
}

/** Pairs and rows that nobody made have no parts. */
function checkParts(given: GivenSource, rows: Rows | null, at: Place, report: Report): void {
  const check = (said: unknown, place: Place): void => {
    for (const text of listOf(said as string | readonly string[] | undefined)) {
      const [root, part] = typeof text === 'string' ? parsePath(text) : []
      if (root !== '$') continue
      if ((part === 'name' || part === 'value') && (rows === null || rows.pairs === null))
        report(place, `$${part} is that of a pair: it needs  rows: { pairs: ... }`)
      if (part === 'outer' && (rows === null || rows.in === null))
        report(place, '$outer is what holds the rows: it needs  rows: { in: ... }')
    }
  }
  check(given.time, [...at, 'time'])
  for (const [name, said] of Object.entries(given.fields))
    if (typeof said !== 'string' && 'from' in said) check(said.from, [...at, 'fields', name, 'from'])
}

export function checkZone(zone: string, place: Place, report: Report): void {
  if (isZoneAsWritten(zone)) return
  report(
    place,
    isZone(zone)
      ? `${zone}: names of zones are told apart by capitals; it takes one such as Europe/Berlin or UTC`
      : `${zone} is the name of no zone; it takes one such as Europe/Berlin or UTC`,
  )
}
