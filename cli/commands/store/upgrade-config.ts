import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readTopology } from '../../../embedded/topology-file.ts'
import { EXIT_HELP, CommandError, exitCodes } from '../../args/exit.ts'
import { describeFlags, parseFlags, type Flag, type FlagValues } from '../../args/flags.ts'
import { readStoreSettings, STORE_HELP, storeFlags } from '../../args/store-access.ts'
import { readDurationMs } from '../../args/values.ts'
import type { EngineVersion } from '../../../store/engine-version.ts'
import type { LocalUpgrade } from './upgrading.ts'
import type { UpgradeElsewhere } from './upgrading-elsewhere.ts'

const flags = {
  data: {
    argument: 'DIR',
    description: 'the data folder of a store that is supervised here (.tidemark/store-cluster)',
  },
  bin: { argument: 'FILE', description: 'the new server program, for a store that is supervised here' },
  'restart-with': {
    argument: 'COMMAND',
    description:
      'for a store of --store: restarts one node with its new program; it finds TIDEMARK_NODE_HOST and TIDEMARK_NODE_PORT in its environment',
  },
  to: {
    argument: 'ENGINE',
    description:
      'with --restart-with: what the nodes run afterwards, such as valkey-9.1.2; those that do already are left alone (every node is restarted once)',
  },
  wait: { argument: 'TIME', description: 'how long a node may take to load its data (10m)' },
  ...storeFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const help = `tidemark store upgrade: another engine for every node of a store, one at a time, while it is used

usage: tidemark store upgrade --bin FILE [--data DIR]
       tidemark store upgrade --store URL --restart-with COMMAND [--to valkey-9.1.2]

${describeFlags(flags)}
In each shard the replicas go first, then one of them takes over, then the old primary follows. A node that does not come back is put back to the engine before, where it is
supervised here, and the command ends; given again it goes on where it ended. A single server is away for as long as it starts. An engine does not go back to an older format of files.
${STORE_HELP}${EXIT_HELP}`

export type StoreUpgradeConfig =
  | { readonly here: Omit<LocalUpgrade, 'say'> }
  | { readonly elsewhere: Omit<UpgradeElsewhere, 'say'> }

/** Throws CommandError. */
export function readStoreUpgradeConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): StoreUpgradeConfig | 'help' {
  const given = parseFlags('store upgrade', argv, flags)
  if (given['help'] === true) return 'help'
  const text = (name: keyof typeof flags): string | undefined => given[name] as string | undefined
  const patienceMs = readDurationMs('wait', text('wait') ?? '10m')
  const [bin, command] = [text('bin'), text('restart-with')]
  if ((bin === undefined) === (command === undefined))
    throw new CommandError(
      'say --bin FILE for a store that is supervised here, or --store URL and --restart-with COMMAND for another one.',
      exitCodes.usage,
    )
  if (command !== undefined) {
    if (text('data') !== undefined)
      throw new CommandError('--data is for --bin; with --restart-with say --store URL.', exitCodes.usage)
    const settings = readStoreSettings(given, env)
    return { elsewhere: { settings, command, env, to: readEngineName(text('to')), patienceMs } }
  }
  refuseStore(given)
  const dataDir = resolve(text('data') ?? '.tidemark/store-cluster')
  if (readTopology(dataDir) === null && !existsSync(resolve(dataDir, 'server.pid.json')))
    throw new CommandError(
      `${dataDir} holds no store that runs; name its folder by --data DIR`,
      exitCodes.config,
    )
  return { here: { dataDir, binary: resolve(bin!), path: env['PATH'] ?? '', patienceMs } }
}

function refuseStore(given: FlagValues): void {
  const stray = [...Object.keys(storeFlags), 'to'].find((name) => given[name] !== undefined)
  if (stray !== undefined)
    throw new CommandError(`--${stray} is for --restart-with; with --bin say --data DIR.`, exitCodes.usage)
}

function readEngineName(text: string | undefined): EngineVersion | null {
  if (text === undefined) return null
  const found = /^(valkey|redis)[- ](\d+\.\d+\.\d+)$/i.exec(text)
  if (found === null)
    throw new CommandError(
      `--to is an engine and its version, such as valkey-9.1.2, not "${text}".`,
      exitCodes.usage,
    )
  return { family: found[1]!.toLowerCase() as EngineVersion['family'], version: found[2]! }
}
