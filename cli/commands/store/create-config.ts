import { totalmem } from 'node:os'
import { resolve } from 'node:path'
import type { StoreBinaries } from '../../../embedded/store-server.ts'
import { readTopology, type LocalTopology, type TopologyWish } from '../../../embedded/topology-file.ts'
import { EXIT_HELP, CommandError, exitCodes } from '../../args/exit.ts'
import { describeFlags, parseFlags, type Flag, type FlagValues } from '../../args/flags.ts'
import { readDurationMs } from '../../args/values.ts'
import { refuseZones } from '../../../store/topology/scale-refusal.ts'
import { plainMetricsFlags, readMetricsPort } from '../../telemetry/plain-metrics.ts'
import { readStoreTls, storeTlsFlags } from '../../args/store-tls.ts'
import { findBinaries, integer, readDurability } from '../store-server-config.ts'

const flags = {
  shards: { argument: 'N', description: 'primaries that share the keys (3)' },
  replicas: { argument: 'N', description: 'copies of each (1)' },
  zones: {
    argument: 'NAME,...',
    description: 'a replica never lies in the zone of its primary, where there are several (a)',
  },
  data: { argument: 'DIR', description: 'where the data is kept (.tidemark/store-cluster)' },
  port: { argument: 'N', description: 'of the first node; each next one takes the next free port (6479)' },
  durability: {
    argument: 'WORD',
    description:
      'cache (no file), durable (to the disk each second) or strict (before each reply); docs/store.md says what each costs (durable)',
  },
  'max-memory-mb': {
    argument: 'N',
    description: 'memory for data of each node, MB (half of this machine, shared by all)',
  },
  'node-timeout-ms': {
    argument: 'N',
    description: 'after this long without an answer a primary is replaced by its replica (3000)',
  },
  'replace-after': {
    argument: 'TIME',
    description: 'a node that does not come back for so long is replaced by a new one; 0s: never (1m)',
  },
  ...storeTlsFlags,
  binary: { argument: 'FILE', description: 'the server program (wherever it is found)' },
  ...plainMetricsFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const help = `tidemark store create: a local cluster of shards and replicas under a supervisor, until it is stopped

usage: tidemark store create [flags]

${describeFlags(flags)}
It listens on this machine only, and asks for the password that lies in the file "password" of its data folder. Over a folder that holds a store already it goes on with
that one; flags that say otherwise are refused. Change it by: tidemark store scale
${EXIT_HELP}`

export interface StoreCreateConfig {
  readonly dataDir: string
  readonly wish: TopologyWish
  readonly firstPort: number
  readonly binaries: StoreBinaries
  readonly metricsPort: number
  /** 0 = never. */
  readonly replaceAfterMs: number
}

const LIMITS = { shards: 100, replicas: 5 } as const

/** Throws CommandError. */
export function readStoreCreateConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): StoreCreateConfig | 'help' {
  const given = parseFlags('store create', argv, flags)
  if (given['help'] === true) return 'help'
  const text = (name: keyof typeof flags): string | undefined => given[name] as string | undefined
  const dataDir = resolve(text('data') ?? '.tidemark/store-cluster')
  const found = readTopology(dataDir)
  const wish = readWish(given, found)
  if (found !== null) refuseOther(given, wish, found)
  const fault = refuseZones(wish.replicas, wish.zones)
  if (fault !== null && found === null) throw new CommandError(`${fault}.`, exitCodes.usage)
  return {
    dataDir,
    wish,
    firstPort: integer('port', text('port') ?? '6479', 1024, 60_000),
    binaries: findBinaries(text('binary'), env),
    metricsPort: readMetricsPort(given),
    replaceAfterMs: readDurationMs('replace-after', text('replace-after') ?? '1m'),
  }
}

/** What is not said is as it stands in the folder, else by default. */
function readWish(given: FlagValues, found: LocalTopology | null): TopologyWish {
  const text = (name: keyof typeof flags): string | undefined => given[name] as string | undefined
  const shards = integer('shards', text('shards') ?? `${found?.shards ?? 3}`, 1, LIMITS.shards)
  const replicas = integer('replicas', text('replicas') ?? `${found?.replicas ?? 1}`, 0, LIMITS.replicas)
  const nodes = shards * (replicas + 1)
  const memoryMb = text('max-memory-mb')
  const tls = readStoreTls(
    { 'tls-cert': text('tls-cert'), 'tls-key': text('tls-key'), 'tls-ca': text('tls-ca') },
    found?.tls,
  )
  return {
    shards,
    replicas,
    ...(tls !== undefined && { tls }),
    zones: text('zones') === undefined ? (found?.zones ?? ['a']) : readZones(text('zones')!),
    durability:
      text('durability') === undefined
        ? (found?.durability ?? 'durable')
        : readDurability(text('durability')!),
    nodeTimeoutMs: integer(
      'node-timeout-ms',
      text('node-timeout-ms') ?? `${found?.nodeTimeoutMs ?? 3000}`,
      100,
      600_000,
    ),
    maxmemoryBytes:
      memoryMb === undefined
        ? (found?.maxmemoryBytes ?? Math.floor(totalmem() / 2 / nodes))
        : integer('max-memory-mb', memoryMb, 16, 2 ** 30) * 2 ** 20,
  }
}

function readZones(text: string): string[] {
  const zones = text.split(',')
  if (zones.some((zone) => !/^[\w.-]{1,64}$/.test(zone)))
    throw new CommandError(
      '--zones are names of letters, digits, dot, dash and underscore, with commas between.',
      exitCodes.usage,
    )
  if (new Set(zones).size < zones.length)
    throw new CommandError('--zones names a zone twice.', exitCodes.usage)
  return zones
}

/** A store is not another one because a flag says so: its keys lie where they lie. */
function refuseOther(given: FlagValues, wish: TopologyWish, found: LocalTopology): void {
  const differs = (['shards', 'replicas', 'zones'] as const).filter(
    (name) => given[name] !== undefined && String(wish[name]) !== String(found[name]),
  )
  if (differs.length > 0)
    throw new CommandError(
      `there is a store with ${found.shards} shards of ${found.replicas} replicas in the zones ${found.zones.join(',')} already, and --${differs.join(', --')} says otherwise; change it while it runs by: tidemark store scale`,
      exitCodes.config,
    )
}
