import type { Source } from '../../model/definition.ts'
import { findDefinition, readSources } from '../args/definition.ts'
import { readSwitch, settled } from '../args/environment.ts'
import { brokersOf, saidBy, wholeOf, type Said } from '../args/settings.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { accessFlags, ACCESS_HELP, readKafkaAccess, type KafkaAccess } from '../args/kafka-access.ts'
import { DEFAULT_KAFKA, readDurationMs } from '../args/values.ts'
import { checkHost } from '../args/public-address.ts'
import { readStoreSettings, storeFlags, STORE_HELP, type StoreSettings } from '../args/store-access.ts'
import { readUpkeep, UPKEEP_HELP, type UpkeepConfig } from './store/upkeep-config.ts'
import { logFlags, readLogSettings, type LogSettings } from '../telemetry/log-settings.ts'

const flags = {
  kafka: { argument: 'HOST:PORT,...', description: `the Kafka brokers (${DEFAULT_KAFKA})` },
  ...accessFlags,
  ...storeFlags,
  definition: {
    argument: 'FILE',
    description: 'the sources, YAML or JSON (./tidemark.yaml; without it the shipped clicks and readings)',
  },
  partitions: { argument: 'N', description: 'of a topic that is not there yet (4)' },
  'keep-old': {
    argument: 'DURATION',
    description: 'how long the numbers of an old definition stay after a new one took over (10m)',
  },
  'take-over': { description: 'count by this definition though another one superseded it; once, by hand' },
  'session-timeout-ms': {
    argument: 'MS',
    description: 'how long the group waits for a silent worker (30000)',
  },
  'watchdog-ms': {
    argument: 'MS',
    description: 'end, to be started again, when Kafka was silent for so long (60000)',
  },
  'metrics-port': {
    argument: 'PORT',
    description: 'serve /metrics, /livez and /readyz there; 0 = not at all (0)',
  },
  'metrics-host': { argument: 'ADDRESS', description: 'the address of that port (127.0.0.1)' },
  open: { description: 'serve them on an address that others can reach, although there are no access keys' },
  'ready-lag-ms': { argument: 'MS', description: '/readyz fails above this lag of a partition (60000)' },
  ...logFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const ingestHelp = `tidemark ingest: folds events from Kafka into the store, each exactly once

usage: tidemark ingest [flags]

${describeFlags(flags)}
${ACCESS_HELP}${STORE_HELP}${UPKEEP_HELP}Run as many as there are partitions; the group spreads the work. SIGTERM or Ctrl-C lets the calls in flight land and leaves the group.

exit codes: 0 told to stop, 1 failed (start it again), 2 wrong usage, 78 a setting that cannot work
`

/** From the word to stop to its end at the latest; who kills it before, such as compose, cuts it off. */
export const DRAIN_MS = 15_000

export interface IngestConfig {
  readonly brokers: string[]
  readonly access: KafkaAccess
  readonly store: StoreSettings
  readonly upkeep: UpkeepConfig
  /** The file that the sources come from; undefined = the shipped ones. */
  readonly definition: string | undefined
  readonly sources: Source[]
  readonly partitions: number
  readonly sessionTimeoutMs: number
  readonly watchdogMs: number
  readonly keepOldMs: number
  readonly takeOver: boolean
  /** Null = no probes and metrics. */
  readonly metrics: { readonly host: string; readonly port: number } | null
  readonly readyLagMs: number
  readonly log: LogSettings
}

/**
 * Null when help was asked for. Throws CommandError. Environment, where flags win and empty is absent: TIDEMARK_KAFKA, _STORE, _DEFINITION, _PARTITIONS,
 * _SESSION_TIMEOUT_MS, _WATCHDOG_MS, _METRICS_PORT, _METRICS_HOST, _OPEN=1, _READY_LAG_MS, _LOG_LEVEL, _LOG_FORMAT.
 */
export function readIngestConfig(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): IngestConfig | null {
  const values = parseFlags('ingest', argv, flags)
  if (values['help'] === true) return null
  const env = settled(environment)
  const said = (flag: string, variable: string): Said => saidBy(values, env, flag, variable)
  const keepOld = said('keep-old', 'TIDEMARK_KEEP_OLD')
  const definition = findDefinition(said('definition', 'TIDEMARK_DEFINITION').text)
  const metricsPort = wholeOf(said('metrics-port', 'TIDEMARK_METRICS_PORT'), 0, { least: 0, most: 65_535 })
  const metricsHost = said('metrics-host', 'TIDEMARK_METRICS_HOST').text ?? '127.0.0.1'
  checkHost(metricsHost, values['open'] === true || readSwitch(env, 'TIDEMARK_OPEN'))
  return {
    brokers: brokersOf(values, env),
    access: readKafkaAccess(values, env),
    store: readStoreSettings(values, env),
    upkeep: readUpkeep(env),
    definition,
    sources: readSources(definition),
    partitions: wholeOf(said('partitions', 'TIDEMARK_PARTITIONS'), 4, { least: 1, most: 1000 }),
    takeOver: values['take-over'] === true,
    keepOldMs: readDurationMs(keepOld.said, keepOld.text ?? '10m'),
    sessionTimeoutMs: wholeOf(said('session-timeout-ms', 'TIDEMARK_SESSION_TIMEOUT_MS'), 30000, {
      least: 1000,
      most: 600_000,
    }),
    watchdogMs: wholeOf(said('watchdog-ms', 'TIDEMARK_WATCHDOG_MS'), 60000, { least: 1000, most: 3_600_000 }),
    metrics: metricsPort === 0 ? null : { host: metricsHost, port: metricsPort },
    readyLagMs: wholeOf(said('ready-lag-ms', 'TIDEMARK_READY_LAG_MS'), 60000, { least: 1, most: 86_400_000 }),
    log: readLogSettings(values, env),
  }
}
