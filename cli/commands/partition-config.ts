import { CommandError, exitCodes } from '../args/exit.ts'
import { brokersOf } from '../args/settings.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { accessFlags, ACCESS_HELP, readKafkaAccess, type KafkaAccess } from '../args/kafka-access.ts'
import { readStoreSettings, storeFlags, STORE_HELP, type StoreSettings } from '../args/store-access.ts'
import { DEFAULT_KAFKA, readNumber } from '../args/values.ts'

const flags = {
  source: { argument: 'NAME', description: 'the source; list shows all without it' },
  partition: { argument: 'N', description: 'of skip: which one' },
  to: { argument: 'OFFSET', description: 'of skip: the first offset that is to be counted again' },
  why: {
    argument: 'TEXT',
    description: 'of skip and rebuild: for those who ask later; kept with the numbers',
  },
  yes: {
    argument: 'NAME',
    description: 'agree: SOURCE/N for skip, SOURCE for rebuild; without it nothing is changed',
  },
  kafka: { argument: 'HOST:PORT,...', description: `the Kafka brokers (${DEFAULT_KAFKA})` },
  ...accessFlags,
  ...storeFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

const ACTIONS = ['list', 'skip', 'rebuild'] as const

export const partitionHelp = `tidemark partition: where the partitions of the sources stand, and the way past a halt

usage: tidemark partition list [--source NAME]
       tidemark partition skip --source NAME --partition N --to OFFSET --why TEXT --yes NAME/N
       tidemark partition rebuild --source NAME --why TEXT --yes NAME

list     every partition: where it stands, whether somebody counts it, why it is halted and the command that goes past that
skip     leaves out what lies before OFFSET: no number knows of it, the ledger and a dead letter say so, and every later rebuild leaves it out too
rebuild  counts the topic again from the earliest record it holds, beside the present numbers, which answer until it has caught up

${describeFlags(flags)}
${ACCESS_HELP}${STORE_HELP}
exit codes: 0 done, 1 failed, 2 wrong usage or not agreed to, 78 a setting that cannot work
`

export interface PartitionConfig {
  readonly action: (typeof ACTIONS)[number]
  readonly source: string | undefined
  readonly partition: number | undefined
  readonly to: number | undefined
  readonly why: string | undefined
  readonly yes: string | undefined
  readonly brokers: string[]
  readonly access: KafkaAccess
  readonly store: StoreSettings
}

/** Null when help was asked for. Throws CommandError. Environment, where flags win and empty is absent: TIDEMARK_KAFKA, and those of the store. */
export function readPartitionConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): PartitionConfig | null {
  const values = parseFlags('partition', argv, flags, 'action')
  if (values['help'] === true) return null
  const action = ACTIONS.find((one) => one === (values['action'] ?? 'list'))
  if (action === undefined)
    throw new CommandError(
      `"${String(values['action'])}" is none of ${ACTIONS.join(', ')}. See: tidemark partition --help`,
      exitCodes.usage,
    )
  const needed = { list: [], skip: ['source', 'partition', 'to', 'why'], rebuild: ['source', 'why'] }[
    action
  ].filter((flag) => values[flag] === undefined)
  if (needed.length > 0)
    throw new CommandError(
      `${action} needs ${needed.map((flag) => `--${flag}`).join(', ')}. See: tidemark partition --help`,
      exitCodes.usage,
    )
  const text = (flag: string): string | undefined => values[flag] as string | undefined
  const whole = (flag: string): number | undefined =>
    text(flag) === undefined
      ? undefined
      : readNumber(flag, text(flag)!, { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true })
  return {
    action,
    source: text('source'),
    partition: whole('partition'),
    to: whole('to'),
    why: text('why'),
    yes: text('yes'),
    brokers: brokersOf(values, env),
    access: readKafkaAccess(values, env),
    store: readStoreSettings(values, env),
  }
}
