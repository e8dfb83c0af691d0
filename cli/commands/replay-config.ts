import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { mappingSchema, type Mapping, type MappingFile } from '../../ingest/replay/mapping.ts'
import { presets } from '../../ingest/replay/presets.ts'
import type { FileFormat } from '../../ingest/replay/rows.ts'
import type { Shift } from '../../ingest/replay/source.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { accessFlags, ACCESS_HELP, readKafkaAccess, type KafkaAccess } from '../args/kafka-access.ts'
import { DEFAULT_KAFKA, readBrokers, readNumber } from '../args/values.ts'

const flags = {
  kafka: { argument: 'HOST:PORT,...', description: `the Kafka brokers (${DEFAULT_KAFKA})` },
  ...accessFlags,
  topic: { argument: 'NAME', description: 'where the events go' },
  key: {
    argument: 'FIELD',
    description: 'the field whose value keys the records; use the key of the source',
  },
  to: { argument: 'stdout|kafka', description: 'stdout: print the events instead of sending them (kafka)' },
  preset: {
    argument: 'NAME',
    description: `a mapping that is known already: ${Object.keys(presets).join(', ')}`,
  },
  mapping: { argument: 'FILE', description: 'a mapping as JSON, see docs/replay.md' },
  format: {
    argument: 'csv|tsv|ndjson',
    description: 'of the files (by their names); .gz is always understood',
  },
  columns: { argument: 'A,B,...', description: 'names of the columns, where the files have no header row' },
  time: {
    argument: 'COLUMN',
    description: 'the column of the event time: ISO-8601, or epoch s, ms, us, ns (ts)',
  },
  'time-field': { argument: 'FIELD', description: 'the field it goes to (ts)' },
  utc: { description: 'times without a zone are UTC' },
  map: {
    argument: 'FIELD=COLUMN',
    description:
      'take a field from a column; repeat it. Without --map every column is taken under its own name',
  },
  set: {
    argument: 'FIELD=VALUE',
    description: 'give a field a constant, or @filename, @prefix, @middle of the file name; repeat it',
  },
  number: { argument: 'FIELD,...', description: 'fields that are numbers; all others are text' },
  shift: {
    argument: 'none|all|each',
    description:
      'all: move all times alike, so that the last event is now; each: so that every file ends now (none)',
  },
  speed: { argument: 'max|N', description: '1 as it happened, 3600 an hour a second (max)' },
  sort: { description: 'load each file and sort it by time' },
  window: {
    argument: 'ROWS',
    description: 'without --sort: put right what is out of order by fewer rows than this (1000)',
  },
  limit: { argument: 'N', description: 'end after this many events' },
  'skip-bad': { description: 'tell and leave out rows that cannot be read, instead of ending' },
  partitions: { argument: 'N', description: 'of a topic that is not there yet (4)' },
  json: { description: 'print the summary as JSON' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const help = `tidemark replay: send a recorded data set

usage: tidemark replay FILE... [flags]

${describeFlags(flags)}
${ACCESS_HELP}Several files are merged by time. Look first: tidemark replay --preset nab --to stdout --limit 5 data/*.csv

exit codes: 0 done or told to stop, 1 failed (a bad row: file and line), 2 wrong usage, 130 a second Ctrl-C cut it short
`

export interface ReplayConfig {
  files: string[]
  brokers: string[]
  access: KafkaAccess
  to: 'kafka' | 'stdout'
  /** Empty only when `to` is stdout. */
  topic: string
  mapping: Mapping
  format: FileFormat | undefined
  columns: string[] | undefined
  shift: Shift
  speed: number
  sort: boolean
  reorderRows: number
  limit: number
  skipBad: boolean
  partitions: number
  json: boolean
}

const usage = (fault: string) => new CommandError(`${fault} See: tidemark replay --help`, exitCodes.usage)

/** Throws CommandError: usage for flags, configuration for a mapping file with all its faults at once. */
export function readReplayConfig(argv: readonly string[]): ReplayConfig | 'help' {
  const { files, many, rest } = separate(argv.map((word) => (word === '-h' ? '--help' : word)))
  const given = parseFlags('replay', rest, flags)
  if (given['help']) return 'help'
  if (files.length === 0) throw usage('Name the files to replay.')
  const text = (name: keyof typeof flags) => given[name] as string | undefined
  const list = (name: keyof typeof flags) =>
    text(name)
      ?.split(',')
      .map((one) => one.trim())
  const whole = (
    name: keyof typeof flags,
    otherwise: number,
    least: number,
    most = Number.MAX_SAFE_INTEGER,
  ) => (text(name) === undefined ? otherwise : readNumber(name, text(name)!, { least, most, whole: true }))

  const mapping = readMapping({
    preset: text('preset'),
    file: text('mapping'),
    topic: text('topic'),
    key: text('key'),
    time: text('time'),
    timeField: text('time-field'),
    utc: given['utc'] === true,
    numbers: list('number') ?? [],
    map: many.map,
    set: many.set,
  })
  const to = oneOf('to', text('to') ?? 'kafka', ['kafka', 'stdout'])
  const topic = mapping.topic ?? ''
  if (to === 'kafka' && topic === '')
    throw usage('Say where the events go: --topic NAME, or --to stdout to look first.')
  const speed = text('speed') ?? 'max'
  return {
    files,
    brokers: readBrokers(text('kafka') ?? DEFAULT_KAFKA),
    access: readKafkaAccess(given, process.env),
    to,
    topic,
    mapping,
    format:
      text('format') === undefined ? undefined : oneOf('format', text('format')!, ['csv', 'tsv', 'ndjson']),
    columns: list('columns'),
    shift: oneOf('shift', text('shift') ?? 'none', ['none', 'all', 'each']),
    speed:
      speed === 'max' ? Number.POSITIVE_INFINITY : readNumber('speed', speed, { least: 0.001, most: 1e9 }),
    sort: given['sort'] === true,
    reorderRows: whole('window', 1_000, 0, 1_000_000),
    limit: whole('limit', Number.POSITIVE_INFINITY, 0),
    skipBad: given['skip-bad'] === true,
    partitions: whole('partitions', 4, 1, 1_000),
    json: given['json'] === true,
  }
}

function oneOf<const T extends string>(flag: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value)
  if (found === undefined) throw usage(`--${flag} is one of ${known.join(', ')}, not "${value}".`)
  return found
}

/** Takes the files and the flags that may be repeated out of the command line. */
function separate(argv: readonly string[]): {
  files: string[]
  many: { map: string[]; set: string[] }
  rest: string[]
} {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: 'takes' in flag ? 'string' : 'boolean' } as const,
    ]),
  )
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const files: string[] = []
  const many = { map: [] as string[], set: [] as string[] }
  const taken = new Set<number>()
  for (const token of tokens) {
    if (token.kind === 'option-terminator') taken.add(token.index)
    else if (token.kind === 'positional') {
      files.push(token.value)
      taken.add(token.index)
    } else if ((token.name === 'map' || token.name === 'set') && token.value !== undefined) {
      many[token.name].push(token.value)
      taken.add(token.index)
      if (token.inlineValue !== true) taken.add(token.index + 1)
    }
  }
  return { files, many, rest: argv.filter((_, index) => !taken.has(index)) }
}

interface MappingFlags {
  preset: string | undefined
  file: string | undefined
  topic: string | undefined
  key: string | undefined
  time: string | undefined
  timeField: string | undefined
  utc: boolean
  numbers: string[]
  map: string[]
  set: string[]
}

/** A preset or a mapping file, with the flags on top of it. */
function readMapping(said: MappingFlags): Mapping {
  if (said.preset !== undefined && said.file !== undefined)
    throw usage('--preset and --mapping exclude each other.')
  const based = said.preset !== undefined || said.file !== undefined
  const base: MappingFile =
    said.preset !== undefined
      ? presets[oneOf('preset', said.preset, Object.keys(presets) as (keyof typeof presets)[])]
      : said.file !== undefined
        ? readMappingFile(said.file)
        : { time: { column: said.time ?? 'ts' } }
  const fileParts = { '@filename': 'name', '@prefix': 'prefix', '@middle': 'middle' } as const
  const own = [
    ...said.map.map((one) => [pair('map', one)[0], { column: pair('map', one)[1] }] as const),
    ...said.set.map((one) => {
      const [field, value] = pair('set', one)
      if (Object.hasOwn(fileParts, value))
        return [field, { file: fileParts[value as keyof typeof fileParts] }] as const
      if (!said.numbers.includes(field)) return [field, { set: value }] as const
      return [
        field,
        { set: readNumber('set', value, { least: -Number.MAX_VALUE, most: Number.MAX_VALUE }) },
      ] as const
    }),
  ]
  return check(
    {
      ...base,
      ...(said.topic !== undefined && { topic: said.topic }),
      ...(said.key !== undefined && { key: said.key }),
      time: {
        ...base.time,
        ...(said.time !== undefined && { column: said.time }),
        ...(said.timeField !== undefined && { field: said.timeField }),
        ...(said.utc && { utc: true }),
      },
      ...(!based && { columns: said.map.length === 0 ? 'all' : 'named' }),
      numbers: [...(base.numbers ?? []), ...said.numbers],
      fields: { ...base.fields, ...Object.fromEntries(own) },
    },
    said.file ?? 'the mapping',
  )
}

function pair(flag: string, text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1)
    throw usage(`--${flag} ${text}: write FIELD=${flag === 'map' ? 'COLUMN' : 'VALUE'}.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function readMappingFile(path: string): MappingFile {
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CommandError(`${path}: ${(error as Error).message}`, exitCodes.config)
  }
  return check(raw, path)
}

function check(raw: unknown, name: string): Mapping {
  const parsed = mappingSchema.safeParse(raw)
  if (!parsed.success)
    throw new CommandError(`${name} is not a mapping:\n${z.prettifyError(parsed.error)}`, exitCodes.config)
  const { time, fields } = parsed.data
  if (Object.hasOwn(fields, time.field))
    throw new CommandError(
      `${name}: the field ${time.field} is the time; map it by time.column`,
      exitCodes.config,
    )
  return parsed.data
}
