import { isIP } from 'node:net'
import type { Source } from '../../model/definition.ts'
import { findDefinition, readSources } from '../args/definition.ts'
import { httpAccessFlags, readHttpAccess, type HttpAccessSettings } from '../args/http-access.ts'
import { readSwitch, settled } from '../args/environment.ts'
import { brokersOf, saidBy, wholeOf, type Said } from '../args/settings.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { wrongConfiguration } from '../args/flag-file.ts'
import { accessFlags, ACCESS_HELP, readKafkaAccess, type KafkaAccess } from '../args/kafka-access.ts'
import { SCAN_LIMITS } from '../../query-api/scan/log-scans.ts'
import { DEFAULT_KAFKA } from '../args/values.ts'
import { checkHost, isLoopback } from '../args/public-address.ts'
import { readStoreSettings, storeFlags, STORE_HELP, type StoreSettings } from '../args/store-access.ts'
import { readUpkeep, UPKEEP_HELP, type UpkeepConfig } from './store/upkeep-config.ts'
import { logFlags, readLogSettings, type LogSettings } from '../telemetry/log-settings.ts'

const flags = {
  kafka: {
    argument: 'HOST:PORT,...',
    description: `the Kafka brokers, for events sent over HTTP and questions that the log answers (${DEFAULT_KAFKA})`,
  },
  ...accessFlags,
  ...storeFlags,
  'store-reads': {
    argument: 'WORD',
    description:
      'primary, or replica: numbers are read from replicas of the store that are not behind what was answered before (primary)',
  },
  port: { argument: 'PORT', description: 'for page, API and collector; 0 = a free one (4400)' },
  host: { argument: 'ADDRESS', description: 'the address to listen on (127.0.0.1)' },
  open: { description: 'serve an address that others can reach, although there are no access keys' },
  ...httpAccessFlags,
  definition: {
    argument: 'FILE',
    description:
      'the sources that the collector takes events for, YAML or JSON (./tidemark.yaml; without it the shipped ones)',
  },
  'scan-records': {
    argument: 'N',
    description: `records of the log that one question may read, where no breakdown holds the answer (${SCAN_LIMITS.records})`,
  },
  ...logFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const serveHelp = `tidemark serve: the page, the query API and the collector on one port

usage: tidemark serve [flags]

${describeFlags(flags)}
${ACCESS_HELP}${STORE_HELP}${UPKEEP_HELP}Run as many as you like; none holds state. SIGTERM or Ctrl-C ends the streams and what is being answered.

exit codes: 0 told to stop, 1 failed (start it again), 2 wrong usage, 78 a setting that cannot work
`

export interface ServeConfig {
  readonly brokers: string[]
  readonly access: KafkaAccess
  readonly store: StoreSettings
  readonly readsReplicas: boolean
  readonly upkeep: UpkeepConfig
  readonly port: number
  readonly host: string
  /** Others can reach the address it listens on. */
  readonly isPublic: boolean
  readonly httpAccess: HttpAccessSettings
  readonly sources: Source[]
  readonly scanRecords: number
  readonly log: LogSettings
}

/** Null when help was asked for. Throws CommandError. Environment: TIDEMARK_KAFKA, _STORE, _STORE_READS, _PORT, _HOST, _OPEN=1, _DEFINITION, _SCAN_RECORDS, those of httpAccess-config.ts, _LOG_LEVEL, _LOG_FORMAT; flags win, empty is absent. */
export function readServeConfig(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): ServeConfig | null {
  const values = parseFlags('serve', argv, flags)
  if (values['help'] === true) return null
  const env = settled(environment)
  const said = (flag: string, variable: string): Said => saidBy(values, env, flag, variable)
  const host = said('host', 'TIDEMARK_HOST').text ?? '127.0.0.1'
  checkHost(host, values['open'] === true || readSwitch(env, 'TIDEMARK_OPEN'))
  const httpAccess = readHttpAccess(values, env)
  return {
    brokers: brokersOf(values, env),
    access: readKafkaAccess(values, env),
    store: readStoreSettings(values, env),
    readsReplicas: readsReplicas(said('store-reads', 'TIDEMARK_STORE_READS').text ?? 'primary'),
    upkeep: readUpkeep(env),
    port: wholeOf(said('port', 'TIDEMARK_PORT'), 4400, { least: 0, most: 65_535 }),
    host,
    isPublic: !isLoopback(host),
    // A name to listen on is a name to be called by.
    httpAccess:
      isLoopback(host) || isIP(host) > 0
        ? httpAccess
        : { ...httpAccess, publicNames: [...httpAccess.publicNames, host.toLowerCase()] },
    sources: readSources(findDefinition(said('definition', 'TIDEMARK_DEFINITION').text)),
    scanRecords: wholeOf(said('scan-records', 'TIDEMARK_SCAN_RECORDS'), SCAN_LIMITS.records, { least: 1 }),
    log: readLogSettings(values, env),
  }
}

function readsReplicas(word: string): boolean {
  if (word === 'replica' || word === 'primary') return word === 'replica'
  throw wrongConfiguration(`--store-reads (TIDEMARK_STORE_READS) is primary or replica, not "${word}"`)
}
