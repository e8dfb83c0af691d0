import { EXIT_HELP, exitCodes, CommandError } from '../../args/exit.ts'
import { wrongConfiguration } from '../../args/flag-file.ts'
import { livePem, type PemFiles } from '../../args/live-pem.ts'
import { describeFlags, parseFlags, type Flag, type FlagValues } from '../../args/flags.ts'
import { readStoreSettings, STORE_HELP, storeFlags } from '../../args/store-access.ts'
import { readDurationMs, readNumber } from '../../args/values.ts'
import type { EndpointOptions } from '../../../store/endpoint/endpoint.ts'
import { plainMetricsFlags, readMetricsPort } from '../../telemetry/plain-metrics.ts'

const flags = {
  ...storeFlags,
  port: { argument: 'N', description: 'port for clients; 0 takes a free one (6380)' },
  host: { argument: 'ADDRESS', description: 'address to listen on (127.0.0.1)' },
  replicas: {
    argument: 'N',
    description:
      'replicas that must have a write on disk, beside all that are in sync (as many as were seen since the start)',
  },
  wait: {
    argument: 'TIME',
    description: 'how long a write may wait for the disks before it is answered "unknown" (5s)',
  },
  'max-clients': { argument: 'N', description: 'clients at a time; one more is turned away (1000)' },
  'max-bulk-mb': { argument: 'N', description: 'largest value that a client may send, MB (512)' },
  'max-held-mb': {
    argument: 'N',
    description: 'answers that may wait for the disks, of one client, MB (128)',
  },
  'max-held-total-mb': { argument: 'N', description: 'the same of all clients together, MB (1024)' },
  'tls-cert': { argument: 'FILE', description: 'PEM of a certificate: clients then speak TLS' },
  'tls-key': { argument: 'FILE', description: 'PEM of its key' },
  'tls-client-ca': {
    argument: 'FILE',
    description: 'PEM of an authority: clients must bring a certificate of it',
  },
  ...plainMetricsFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const endpointHelp = `tidemark store endpoint: an address of the store whose answer to a write means that it is on every disk that has to hold it

usage: tidemark store endpoint [flags]

${describeFlags(flags)}
Any Redis or Valkey client speaks to it as to the engine, with the users and passwords of the engine (docs/endpoint.md). The store's own user and
password are for the watch: it needs +command +role +wait +waitaof. Every user that writes through it needs +waitaof.
${STORE_HELP}${EXIT_HELP}`

export interface EndpointConfig {
  readonly endpoint: Omit<EndpointOptions, 'counts' | 'log' | 'trouble'>
  /** 0 = none. */
  readonly metricsPort: number
}

const MB = 2 ** 20

/** Throws CommandError. */
export function readEndpointConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): EndpointConfig | 'help' {
  const values = parseFlags('store endpoint', argv, flags)
  if (values['help'] === true) return 'help'
  const whole = (flag: keyof typeof flags, fallback: string, least: number, most: number): number =>
    readNumber(flag, String(values[flag] ?? fallback), { least, most, whole: true })
  const tls = readTls(values)
  const waitMs = readDurationMs('wait', String(values['wait'] ?? '5s'))
  // 0 is "for ever" to the engine, which is nobody's wish here.
  if (waitMs < 1 || waitMs > 600_000)
    throw new CommandError('--wait is a time from 1ms to 10m.', exitCodes.usage)
  return {
    endpoint: {
      ...readStoreSettings(values, env),
      host: String(values['host'] ?? '127.0.0.1'),
      port: whole('port', '6380', 0, 65_535),
      replicas: values['replicas'] === undefined ? null : whole('replicas', '0', 0, 1000),
      waitMs: Math.round(waitMs),
      clientsMax: whole('max-clients', '1000', 1, 100_000),
      bulkBytesMax: whole('max-bulk-mb', '512', 1, 4096) * MB,
      heldBytesMax: whole('max-held-mb', '128', 1, 4096) * MB,
      heldOfAllBytesMax: whole('max-held-total-mb', '1024', 1, 65_536) * MB,
      ...(tls && { tls }),
    },
    metricsPort: readMetricsPort(values),
  }
}

function readTls(values: FlagValues): EndpointOptions['tls'] {
  const flagOf = { cert: 'tls-cert', key: 'tls-key', ca: 'tls-client-ca' } as const
  const files: PemFiles = Object.fromEntries(
    Object.entries(flagOf).flatMap(([name, flag]) =>
      values[flag] === undefined ? [] : [[name, [flag, String(values[flag])] as const]],
    ),
  )
  if (Object.keys(files).length === 0) return undefined
  const tls = livePem(files)
  if (files.cert === undefined || files.key === undefined)
    throw wrongConfiguration('--tls-cert and --tls-key belong together, and --tls-client-ca needs both')
  return tls
}
