import { resolve } from 'node:path'
import { z } from 'zod'
import { parseStoreAddress } from '../../store/connection/address.ts'
import { DURABILITIES } from '../../store/durability.ts'
import { DEMO, findDefinition } from '../args/definition.ts'
import { httpAccessArguments, httpAccessFlags, readHttpAccess } from '../args/http-access.ts'
import { settled } from '../args/environment.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { accessArguments, accessFlags, ACCESS_HELP, readKafkaAccess } from '../args/kafka-access.ts'
import {
  readStoreSettings,
  storeAccessArguments,
  storeAccessFlags,
  STORE_HELP,
} from '../args/store-access.ts'
import { readStoreTls } from '../args/store-tls.ts'
import { describeFlags, parseFlags, type Flag, type FlagValues } from '../args/flags.ts'

const flags = {
  port: { argument: 'N', description: 'page, API and collector (4400, or the next free port)' },
  data: {
    argument: 'DIR',
    description: 'where everything is kept (./.tidemark/demo; without the demo ./.tidemark/data)',
  },
  demo: { description: 'made-up clicks and readings: on, unless Kafka, store or definition are yours' },
  'no-demo': { description: 'no made-up events' },
  definition: {
    argument: 'FILE',
    description:
      'your sources and metrics, YAML or JSON (./tidemark.yaml; without it the two shipped sources)',
  },
  kafka: { argument: 'HOST:PORT,...', description: 'your Kafka, instead of the embedded broker' },
  ...accessFlags,
  store: { argument: 'redis://...', description: 'your Valkey or Redis, instead of the embedded server' },
  ...storeAccessFlags,
  'kafka-port': { argument: 'N', description: 'port of the embedded broker (4492, or the next free port)' },
  'store-port': {
    argument: 'N',
    description: 'port of the embedded store server (4479, or the next free port)',
  },
  'store-shards': {
    argument: 'N',
    description:
      'the embedded store is a cluster of N shards (1 server; what lies in the data folder goes on)',
  },
  'store-replicas': { argument: 'N', description: 'with --store-shards: copies of each shard (1)' },
  'store-tls-cert': {
    argument: 'FILE',
    description:
      'with --store-shards: PEM of a certificate for 127.0.0.1, by which its nodes speak TLS; with the next two',
  },
  'store-tls-key': { argument: 'FILE', description: 'PEM of its key' },
  'store-tls-ca': { argument: 'FILE', description: 'PEM of the authority that signed it' },
  durability: {
    argument: 'WORD',
    description: 'of the embedded store: cache, durable or strict, docs/store.md (durable)',
  },
  ...httpAccessFlags,
  yes: { description: 'agree to what would be asked: made-up events into your own Kafka' },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const help = `tidemark up: everything on this machine, one URL

usage: tidemark up [flags]        npm start -- [flags]

${describeFlags(flags)}
Each flag but demo, yes and help can be a variable: TIDEMARK_PORT, TIDEMARK_DATA_DIR, TIDEMARK_DEFINITION, TIDEMARK_KAFKA,
TIDEMARK_STORE, TIDEMARK_KAFKA_PORT, TIDEMARK_STORE_PORT, TIDEMARK_STORE_SHARDS, TIDEMARK_STORE_REPLICAS, TIDEMARK_DURABILITY. A flag wins over its variable. NO_COLOR is heeded.
${ACCESS_HELP}${STORE_HELP}
exit codes: 0 stopped by Ctrl-C after draining, 1 failed, 2 wrong usage, 3 something needed is missing,
            78 wrong configuration, 130 a second Ctrl-C cut the draining short
`

/** What is wrong with a store address; null where nothing is. */
function storeFault(text: string): string | null {
  try {
    parseStoreAddress(text)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

const whole = (least: number, most: number) =>
  z
    .string()
    .transform((text, context) => {
      const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
      if (!(value >= least && value <= most))
        context.addIssue(`write a whole number from ${least} to ${most}, not "${text.slice(0, 40)}"`)
      return value
    })
    .optional()

const port = whole(1, 65_535)

const address = /^(\[[0-9a-fA-F:]+\]|[^\s:,/]+):\d{1,5}$/
const schema = z.object({
  port,
  kafkaPort: port,
  storePort: port,
  storeShards: whole(1, 100),
  storeReplicas: whole(0, 5),
  durability: z.enum(DURABILITIES, `is one of ${DURABILITIES.join(', ')}`).optional(),
  kafka: z
    .string()
    .refine((text) => text.split(',').every((one) => address.test(one)), 'is not HOST:PORT,HOST:PORT,...')
    .optional(),
  store: z
    .string()
    .superRefine((text, context) => {
      const fault = storeFault(text)
      if (fault !== null) context.addIssue(fault)
    })
    .optional(),
  definition: z.string().min(1).optional(),
  data: z.string().min(1).optional(),
  demo: z.boolean(),
  color: z.boolean(),
})

/** Everything `tidemark up` was told. A port that is undefined may move; a given one may not. `data` is absolute. */
export type UpConfig = Omit<z.infer<typeof schema>, 'data'> & {
  data: string
  kafkaArguments: string[]
  httpAccessArguments: string[]
  storeArguments: string[]
  environment: NodeJS.ProcessEnv
  /** Of the embedded store. */
  storeTls: Parameters<typeof readStoreTls>[0]
}

/** The file that was named, or lies here; none where the demo is asked for and nobody named one. */
function ownDefinition(given: FlagValues, env: NodeJS.ProcessEnv): string | undefined {
  const named = (given['definition'] as string | undefined) ?? (env['TIDEMARK_DEFINITION'] || undefined)
  return named === undefined && given['demo'] === true ? undefined : findDefinition(named)
}

/** Where a value came from that no flag gave. */
const variableOf = (flag: string): string =>
  `TIDEMARK_${flag === 'data' ? 'DATA_DIR' : flag.toUpperCase().replaceAll('-', '_')}`

/** Flags over environment over defaults. Throws CommandError: usage for a flag, configuration with every fault at once for values. */
export function readUpConfig(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): UpConfig | 'help' {
  const given = parseFlags(
    'up',
    argv.map((word) => (word === '-h' ? '--help' : word)),
    flags,
  )
  if (given['help']) return 'help'
  const env = settled(environment)
  if (given['demo'] && given['no-demo'])
    throw new CommandError('--demo and --no-demo exclude each other.', exitCodes.usage)
  const own = {
    kafka: given['kafka'] ?? env['TIDEMARK_KAFKA'],
    store: given['store'] ?? env['TIDEMARK_STORE'],
    definition: ownDefinition(given, env),
  }
  const parts = Object.values(own).some((value) => value !== undefined)
  const parsed = schema.safeParse({
    ...own,
    port: given['port'] ?? env['TIDEMARK_PORT'],
    kafkaPort: given['kafka-port'] ?? env['TIDEMARK_KAFKA_PORT'],
    storePort: given['store-port'] ?? env['TIDEMARK_STORE_PORT'],
    storeShards: given['store-shards'] ?? env['TIDEMARK_STORE_SHARDS'],
    storeReplicas: given['store-replicas'] ?? env['TIDEMARK_STORE_REPLICAS'],
    durability: given['durability'] ?? env['TIDEMARK_DURABILITY'],
    data: given['data'] ?? env['TIDEMARK_DATA_DIR'],
    demo: given['demo'] === true || (given['no-demo'] !== true && !parts),
    color: process.stdout.isTTY === true && !env['NO_COLOR'],
  })
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => {
      const flag = String(path[0]).replace(/[A-Z]/, (c) => `-${c.toLowerCase()}`)
      return `${flag in given ? `--${flag}` : variableOf(flag)}: ${message}`
    })
    throw new CommandError(`wrong configuration: ${faults.join('; ')}`, exitCodes.config)
  }
  const config = parsed.data
  if (config.demo && config.kafka !== undefined && given['yes'] !== true)
    throw new CommandError(
      `--demo would write made-up events into your Kafka at ${config.kafka}; add --yes if you mean it.`,
      exitCodes.usage,
    )
  const access = readKafkaAccess(given, env) // its faults are said here, and not by each child
  if (config.kafka === undefined && Object.keys(access).length > 0)
    throw new CommandError(
      '--kafka-tls and --kafka-sasl are for your own Kafka: say --kafka HOST:PORT too.',
      exitCodes.config,
    )
  if (config.storeReplicas !== undefined && config.storeShards === undefined)
    throw new CommandError('--store-replicas goes with --store-shards N.', exitCodes.usage)
  if (config.store !== undefined && (config.storeShards ?? config.durability) !== undefined)
    throw new CommandError(
      '--store-shards and --durability are for the embedded store, and --store names yours.',
      exitCodes.usage,
    )
  const storeTls = {
    'tls-cert': given['store-tls-cert'] as string | undefined,
    'tls-key': given['store-tls-key'] as string | undefined,
    'tls-ca': given['store-tls-ca'] as string | undefined,
  }
  if (readStoreTls(storeTls, undefined) !== undefined && config.storeShards === undefined)
    throw new CommandError('--store-tls-cert goes with --store-shards N.', exitCodes.usage)
  const storeArguments = storeAccessArguments(given)
  if (config.store !== undefined) readStoreSettings({ ...given, store: config.store }, env)
  else if (storeArguments.length > 0)
    throw new CommandError(
      `${storeArguments[0]} is for your own store: say --store redis://HOST:PORT too.`,
      exitCodes.config,
    )
  return {
    ...config,
    kafkaArguments: accessArguments(given),
    httpAccessArguments: httpAccessArguments(readHttpAccess(given, env)),
    storeArguments,
    environment: env,
    storeTls,
    data: resolve(config.data ?? (config.demo ? '.tidemark/demo' : '.tidemark/data')),
    ...(config.definition !== undefined && {
      definition: config.definition === DEMO ? DEMO : resolve(config.definition),
    }),
  }
}
