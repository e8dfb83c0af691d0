import { UnusableDataFolder } from '../../embedded/data-folder.ts'
import { startBroker, type BrokerOptions } from '../../embedded/broker/broker.ts'
import { CommandError, EXIT_HELP, exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { checkHost } from '../args/public-address.ts'
import { plainMetricsFlags, readMetricsPort, servePlainMetrics } from '../telemetry/plain-metrics.ts'
import { untilStopped } from './until-stopped.ts'

const flags = {
  host: { argument: 'HOST', description: 'where to listen, and what clients are told (127.0.0.1)' },
  open: { description: 'listen on an address that others can reach, although there are no passwords' },
  port: { argument: 'N', description: 'port; 0 takes a free one (9092)' },
  data: { argument: 'DIR', description: 'where the log is kept (.tidemark/broker)' },
  partitions: { argument: 'N', description: 'partitions of a topic whose maker does not say (4)' },
  fsync: { argument: 'WHEN', description: 'always, interval or never (interval: once a second)' },
  'retention-hours': {
    argument: 'N',
    description: 'remove records older than this, a segment at a time (everything is kept)',
  },
  'no-auto-create': { description: 'a topic is made only by an explicit request' },
  ...plainMetricsFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const help = `tidemark broker: a broker of the Kafka protocol over one folder, for one machine; any Kafka client may use it

usage: tidemark broker [flags]

${describeFlags(flags)}${EXIT_HELP}`

/** Runs the broker until SIGTERM or SIGINT. Prints one line on stdout once it listens; everything else goes to stderr. */
export async function run(argv: string[]): Promise<number> {
  const values = parseFlags('broker', argv, flags)
  if (values['help'] === true) {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const text = (name: keyof typeof flags, fallback: string): string => String(values[name] ?? fallback)
  const host = text('host', '127.0.0.1')
  checkHost(host, values['open'] === true)
  const metricsPort = readMetricsPort(values)
  const stopped = untilStopped()
  const broker = await startBroker({
    host,
    port: integer('port', text('port', '9092'), 0, 65_535),
    dataDir: text('data', '.tidemark/broker'),
    defaultPartitions: integer('partitions', text('partitions', '4'), 1, 1000),
    fsync: fsyncOf(text('fsync', 'interval')),
    ...(values['retention-hours'] !== undefined && {
      retention: { ms: integer('retention-hours', text('retention-hours', ''), 1, 1_000_000) * 3_600_000 },
    }),
    autoCreate: values['no-auto-create'] !== true,
    log: (line) => process.stderr.write(`${line}\n`),
  }).catch((error: unknown) => {
    throw new CommandError(
      `the broker could not start: ${error instanceof Error ? error.message : String(error)}`,
      error instanceof UnusableDataFolder ? exitCodes.config : exitCodes.failed,
    )
  })
  const closeMetrics = await servePlainMetrics(metricsPort)
  process.stdout.write(`broker ready on ${host}:${broker.port}\n`)
  await stopped
  await closeMetrics()
  await broker.close()
  return exitCodes.ok
}

function integer(flag: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new CommandError(`--${flag} is an integer from ${least} to ${most}, not "${text}".`, exitCodes.usage)
}

function fsyncOf(text: string): NonNullable<BrokerOptions['fsync']> {
  if (text === 'always' || text === 'interval' || text === 'never') return text
  throw new CommandError(`--fsync is always, interval or never, not "${text}".`, exitCodes.usage)
}
