import { sourceNames, type SourceName } from '../../ingest/simulate/events.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { accessFlags, ACCESS_HELP, readKafkaAccess, type KafkaAccess } from '../args/kafka-access.ts'
import { DEFAULT_KAFKA, readBrokers, readDurationMs, readNumber, readTimeMs } from '../args/values.ts'

const flags = {
  kafka: { argument: 'HOST:PORT,...', description: `the Kafka brokers (${DEFAULT_KAFKA})` },
  ...accessFlags,
  count: {
    argument: 'N',
    description: 'send this many records, malformed ones and duplicates among them, and end',
  },
  live: { description: 'send until told to stop, more by day and less by night' },
  rate: {
    argument: 'N',
    description:
      'records a second, of all sources together (with --live 120; with --count as fast as the log takes them)',
  },
  seed: {
    argument: 'N',
    description: 'the same seed and the same times give the same records (1; with --live one of its own)',
  },
  sources: { argument: 'NAME,...', description: 'clicks, readings, or both (both)' },
  start: {
    argument: 'TIME',
    description: 'with --count and no --rate: time of the first event (--span before now)',
  },
  span: {
    argument: 'DURATION',
    description: 'with --count and no --rate: event times are spread over this long (15m)',
  },
  backfill: {
    argument: 'DURATION',
    description: 'with --live: what the topics miss of this much of the past comes first (15m; 0 for none)',
  },
  late: { argument: 'SHARE', description: 'share of records that come 5 s to 6 h late (0.01)' },
  duplicate: { argument: 'SHARE', description: 'share of records that are sent again (0.005)' },
  malformed: { argument: 'SHARE', description: 'share of records that the pipeline must reject (0.002)' },
  'clicks-topic': { argument: 'NAME', description: 'topic of the clicks (clicks)' },
  'readings-topic': { argument: 'NAME', description: 'topic of the readings (readings)' },
  partitions: { argument: 'N', description: 'of a topic that is not there yet (4)' },
  json: { description: 'print the truth as JSON' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const help = `tidemark simulate: made-up clicks and readings, and the truth about them

usage: tidemark simulate --count N [flags]
       tidemark simulate --live [flags]

${describeFlags(flags)}
${ACCESS_HELP}At its end it prints what it sent: events, sums, malformed, late and duplicate ones, by source, country, site and partition.
SIGTERM or Ctrl-C ends it after the batch in hand; a second Ctrl-C at once.

exit codes: 0 done or told to stop, 1 failed, 2 wrong usage, 130 a second Ctrl-C cut it short
`

export interface SimulateConfig {
  brokers: string[]
  access: KafkaAccess
  live: boolean
  /** Records; Infinity when live without --count. */
  count: number
  /** Records a second; undefined: as fast as can be. */
  rate: number | undefined
  seed: number
  sources: SourceName[]
  startMs: number | undefined
  spanMs: number
  backfillMs: number
  late: number
  duplicate: number
  malformed: number
  topics: Record<SourceName, string>
  partitions: number
  json: boolean
}

const isSource = (name: string): name is SourceName => (sourceNames as readonly string[]).includes(name)
const usage = (fault: string) => new CommandError(`${fault} See: tidemark simulate --help`, exitCodes.usage)

/** Throws CommandError (usage). */
export function readSimulateConfig(
  argv: readonly string[],
  nowMs: number = Date.now(),
): SimulateConfig | 'help' {
  const given = parseFlags(
    'simulate',
    argv.map((word) => (word === '-h' ? '--help' : word)),
    flags,
  )
  if (given['help']) return 'help'
  const text = (name: keyof typeof flags) => given[name] as string | undefined
  const share = (name: 'late' | 'duplicate' | 'malformed', otherwise: number) =>
    text(name) === undefined ? otherwise : readNumber(name, text(name)!, { most: 1 })
  const whole = (name: keyof typeof flags, least = 1, most = Number.MAX_SAFE_INTEGER) =>
    text(name) === undefined ? undefined : readNumber(name, text(name)!, { least, most, whole: true })
  const durationMs = (name: keyof typeof flags, otherwise: number) =>
    text(name) === undefined ? otherwise : readDurationMs(name, text(name)!)

  const live = given['live'] === true
  const count = whole('count')
  if (!live && count === undefined) throw usage('Say how much: --count N, or --live.')
  const rate =
    text('rate') === undefined
      ? undefined
      : readNumber('rate', text('rate')!, { least: 0.001, most: 10_000_000 })
  if ((live || rate !== undefined) && (given['start'] !== undefined || given['span'] !== undefined))
    throw usage('--start and --span go with --count alone: a paced run tells its events as they happen.')
  if (!live && given['backfill'] !== undefined) throw usage('--backfill goes with --live.')
  const sources = (text('sources') ?? sourceNames.join(',')).split(',')
  const unknown = sources.find((name) => !isSource(name))
  if (unknown !== undefined) throw usage(`--sources knows ${sourceNames.join(' and ')}, not "${unknown}".`)

  return {
    brokers: readBrokers(text('kafka') ?? DEFAULT_KAFKA),
    access: readKafkaAccess(given, process.env),
    live,
    count: count ?? Number.POSITIVE_INFINITY,
    rate: live ? (rate ?? 120) : rate,
    seed: whole('seed', 0, 0xffff_ffff) ?? (live ? nowMs % 0x1_0000_0000 : 1),
    sources: [...new Set(sources.filter(isSource))],
    startMs: text('start') === undefined ? undefined : readTimeMs('start', text('start')!),
    spanMs: durationMs('span', 15 * 60_000),
    backfillMs: durationMs('backfill', 15 * 60_000),
    late: share('late', 0.01),
    duplicate: share('duplicate', 0.005),
    malformed: share('malformed', 0.002),
    topics: { clicks: text('clicks-topic') ?? 'clicks', readings: text('readings-topic') ?? 'readings' },
    partitions: whole('partitions', 1, 1_000) ?? 4,
    json: given['json'] === true,
  }
}
