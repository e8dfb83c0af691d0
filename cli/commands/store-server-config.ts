import { totalmem } from 'node:os'
import { delimiter } from 'node:path'
import { companionOf, findStoreBinaries, type StoreBinaries } from '../../embedded/store-server.ts'
import { DURABILITIES, type Durability } from '../../store/durability.ts'
import { EXIT_HELP, CommandError, exitCodes } from '../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../args/flags.ts'
import { plainMetricsFlags, readMetricsPort } from '../telemetry/plain-metrics.ts'

const flags = {
  port: { argument: 'N', description: 'port on 127.0.0.1; 0 takes a free one (6379)' },
  data: { argument: 'DIR', description: 'where the data is kept (.tidemark/store)' },
  binary: {
    argument: 'FILE',
    description: 'the server program (valkey-server or redis-server, wherever it is found)',
  },
  'max-memory-mb': {
    argument: 'N',
    description:
      'memory for data, MB; a full store refuses writes, it forgets nothing (half of this machine)',
  },
  durability: {
    argument: 'WORD',
    description:
      'cache (no file), durable (to the disk each second) or strict (before each reply); docs/store.md says what each costs (durable)',
  },
  'no-password': {
    description:
      'ask nobody for a password: every user of this machine may then read and delete what it holds',
  },
  ...plainMetricsFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const help = `tidemark store-server: a supervised Valkey or Redis server, for one machine

usage: tidemark store-server [flags]

${describeFlags(flags)}
It listens on this machine only, and asks for the password that lies in the file "password" of its data folder. Say --store-password-file of it to
serve and ingest; a session of redis-cli: REDISCLI_AUTH=$(cat .tidemark/store/password) redis-cli -p 6379
${EXIT_HELP}`

export interface StoreServerConfig {
  port: number
  dataDir: string
  maxmemoryBytes: number
  binaries: StoreBinaries
  asksPassword: boolean
  durability: Durability
  /** 0 = no metrics. */
  metricsPort: number
}

/** Where servers lie that are not on everybody's PATH. */
const usualDirs = [
  '.tidemark/engine/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
]

/** Flags over environment over defaults. Throws CommandError: usage for a flag, missing when there is no server program. */
export function readStoreServerConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): StoreServerConfig | 'help' {
  const given = parseFlags('store-server', argv, flags)
  if (given['help'] === true) return 'help'
  const text = (name: keyof typeof flags): string | undefined =>
    given[name] === undefined ? undefined : String(given[name])
  const binaries = findBinaries(text('binary'), env)
  return {
    port: integer('port', text('port') ?? '6379', 0, 65_535),
    dataDir: text('data') ?? '.tidemark/store',
    maxmemoryBytes:
      integer(
        'max-memory-mb',
        text('max-memory-mb') ?? String(Math.floor(totalmem() / 2 ** 21)),
        16,
        2 ** 30,
      ) *
      2 ** 20,
    binaries,
    durability: readDurability(text('durability') ?? 'durable'),
    asksPassword: given['no-password'] !== true,
    metricsPort: readMetricsPort(given),
  }
}

/** Throws CommandError where there is no server program. */
export function findBinaries(named: string | undefined, env: NodeJS.ProcessEnv): StoreBinaries {
  const path = (env['PATH'] ?? '').split(delimiter)
  const server = named ?? env['TIDEMARK_STORE_BIN']
  const binaries =
    server === undefined
      ? findStoreBinaries([], [...path, ...usualDirs])
      : { server, checkAof: companionOf(server, path) }
  if (binaries !== null) return binaries
  throw new CommandError(
    'no valkey-server or redis-server was found; install one, or name it by --binary FILE.',
    exitCodes.missing,
  )
}

/** One of the three words. Throws CommandError. */
export function readDurability(text: string): Durability {
  const found = DURABILITIES.find((word) => word === text)
  if (found !== undefined) return found
  throw new CommandError(`--durability is one of ${DURABILITIES.join(', ')}, not "${text}".`, exitCodes.usage)
}

export function integer(flag: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new CommandError(`--${flag} is an integer from ${least} to ${most}, not "${text}".`, exitCodes.usage)
}
