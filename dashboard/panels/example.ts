/** One event that a source's definition takes, and commands that send it. Pure. */
import type { CatalogSource } from '../../query-api/wire.ts'

type Source = Pick<
  CatalogSource,
  'source' | 'topic' | 'key' | 'fields' | 'timePath' | 'breakdowns' | 'metrics'
>
type Event = { [name: string]: Event | string | number | boolean }

/** Values that read better than made-up ones, where a definition has fields of these names and types. */
const usual: Record<string, string | number> = {
  type: 'page_view',
  path: '/hello',
  visitor: 'me',
  country: 'NL',
  device: 'my-device',
  site: 'home',
  signal: 'temperature',
  value: 21.5,
  unit: '°C',
}
/** What these two need at least; the rest of theirs is optional. */
const least: Record<string, readonly string[]> = {
  clicks: ['type', 'path', 'visitor'],
  readings: ['device', 'site', 'signal', 'value', 'unit'],
}

/** Puts a value where a path points; false where something else stands in the way. */
function put(event: Event, path: readonly string[], value: string | number | boolean): boolean {
  let holder = event
  for (const name of path.slice(0, -1)) {
    const inner = Object.hasOwn(holder, name) ? holder[name]! : set<Event>(holder, name, {})
    if (typeof inner !== 'object') return false
    holder = inner
  }
  const name = path.at(-1)!
  if (Object.hasOwn(holder, name) && typeof holder[name] === 'object') return false
  set(holder, name, value)
  return true
}
/** `__proto__` is a name like any other. */
function set<V extends Event | string | number | boolean>(holder: Event, name: string, value: V): V {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true })
  return value
}

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i])
/** A field that is read where the event's time stands. */
const timeField = ({ fields, timePath }: Source): Source['fields'][number] | undefined =>
  fields.find(({ path }) => samePath(path, timePath))

function valueOf({ name, type, isFlag }: Source['fields'][number]): string | number | boolean {
  if (isFlag) return true
  const had = usual[name]
  return typeof had === type && had !== undefined ? had : type === 'number' ? 1 : `my-${name}`
}

/**
 * An event with every field that the definition wants and those it counts by. The time is left out where the collector may stamp it;
 * `dated` puts it in, and so it is where the time is a field as well, because then it must be of that field's type.
 */
export function exampleOf(source: Source, nowMs: number, dated: boolean): Event {
  const { fields, key, timePath, breakdowns, metrics } = source
  const event: Event = {}
  const timed = timeField(source)
  if (dated || timed !== undefined)
    put(event, timePath, timed?.type === 'number' ? nowMs : new Date(nowMs).toISOString())
  const needed = least[source.source]
  const used = new Set(
    needed?.every((name) => fields.some((field) => field.name === name)) === true
      ? needed
      : [key, ...breakdowns.flat(), ...metrics.flatMap(({ field }) => (field === null ? [] : [field]))],
  )
  // What must be there comes first: an optional field that stands in its way is left out.
  for (const isOptional of [false, true])
    for (const field of fields)
      if (
        field.optional === isOptional &&
        field.computed === undefined &&
        !samePath(field.path, timePath) &&
        (!isOptional || used.has(field.name))
      )
        put(event, field.path, valueOf(field))
  return event
}
export const exampleText = (source: Source, nowMs: number, dated: boolean): string =>
  JSON.stringify(exampleOf(source, nowMs, dated))

/** The value of its key in that event. */
export const keyIn = (source: Source): string =>
  String(
    valueOf(
      source.fields.find(({ name }) => name === source.key) ?? {
        name: source.key,
        type: 'string',
        optional: false,
        path: [],
      },
    ),
  )

/** Inside single quotes of a shell. */
const shell = (text: string): string => text.replaceAll("'", String.raw`'\''`)

/** Code in parts: what is the reader's to change stands as `{ s }`. */
export type Code = readonly (string | { readonly s: string })[]
export const curlCode = (source: Source, origin: string, nowMs: number): Code => [
  `curl '${origin}/v1/events?source=${source.source}' \\\n  -H 'content-type: application/json' \\\n  -d '`,
  { s: shell(exampleText(source, nowMs, false)) },
  "'",
]
export const kcatCode = (source: Source, kafka: string, nowMs: number): Code => [
  "echo '",
  { s: `${shell(keyIn(source))}|${shell(exampleText(source, nowMs, true))}` },
  `' | kcat -P -b ${kafka} -t ${source.topic} -K '|'`,
]
export const kafkajsCode = (source: Source, kafka: string, nowMs: number): Code => [
  `import { Kafka } from 'kafkajs'\n\nconst producer = new Kafka({ brokers: ['${kafka}'] }).producer()\nawait producer.connect()\nawait producer.send({\n  topic: '${source.topic}',\n  messages: [{ key: '${keyIn(source)}', value: JSON.stringify(`,
  { s: exampleText(source, nowMs, true) },
  ') }],\n})',
]
