/** A store as it was at a time: the newest backup from before it, and the log replayed from there up to the offsets of that time. */
import { foldTo } from '../../../ingest/fold-to.ts'
import { openAdmin } from '../../../log/kafka.ts'
import type { LogAdmin } from '../../../log/log.ts'
import { manifestOf } from '../../../store/backup/make.ts'
import type { BackupProgress } from '../../../store/backup/options.ts'
import type { Manifest } from '../../../store/backup/manifest.ts'
import { restoreBackup } from '../../../store/backup/restore.ts'
import { timeOfName } from '../../../store/backup/retention.ts'
import { changeCatalog, definitionHash } from '../../../store/calls/catalog.ts'
import type { Store } from '../../../store/connection/connection.ts'
import { readGenerations } from '../../../store/calls/read-generations.ts'
import { CommandError } from '../../args/exit.ts'
import type { RestoreConfig } from './backup-config.ts'

type Offsets = ReadonlyMap<number, number>

interface AsOfOptions extends Omit<RestoreConfig, 'store'> {
  readonly toMs: number
  readonly store: Store
  readonly progress: BackupProgress
  readonly log: (line: string) => void
}

/** Answers what to say. Throws CommandError, BackupError, StoreError, LogError. */
export async function restoreAsOf(options: AsOfOptions): Promise<string> {
  const { brokers, access, store, toMs, moveOn } = options
  const admin = await openAdmin({ brokers, ...access, clientId: 'tidemark-restore' })
  try {
    const chosen = await choose(options, admin)
    const { place, key, agreed, progress } = options
    await restoreBackup({ store, place, key, name: chosen.manifest.name, agreed, progress })
    let records = 0
    for (const { source } of chosen.manifest.sources)
      records += await replay(options, admin, source, chosen.targets.get(source)!)
    const time = new Date(toMs).toISOString()
    return `the store is as of ${time}: backup ${chosen.manifest.name} and ${records} records of the log behind it; ${moveOn ? 'workers go on from there' : 'no worker counts on in it'}\n`
  } finally {
    await admin.close().catch(() => {})
  }
}

/** The newest backup of which no partition stands behind the offsets of that time. */
async function choose(
  { place, key, name, toMs }: AsOfOptions,
  admin: LogAdmin,
): Promise<{ manifest: Manifest; targets: Map<string, Offsets> }> {
  const all = name === undefined ? await place.names() : [name]
  const names = name === undefined ? all.filter((one) => timeOfName(one) <= toMs) : all
  const known = new Map<string, Offsets>()
  let why =
    all.length === 0
      ? `there is no backup in ${place.shown}: name another place by --from`
      : `there is no backup from before ${new Date(toMs).toISOString()} in ${place.shown}: the oldest is of ${new Date(timeOfName(all[0]!)).toISOString()}, name a time from then on`
  for (const candidate of names.toReversed()) {
    const manifest = await manifestOf(place, candidate, key)
    const targets = new Map<string, Offsets>()
    for (const { source, active, generations } of manifest.sources) {
      const topic = generations.find(({ generation }) => generation === active)?.topic ?? source
      if (!known.has(topic)) known.set(topic, await admin.offsetsAt(topic, toMs))
      targets.set(source, known.get(topic)!)
    }
    const ahead = manifest.positions.find(({ source, partition, generation, next }) => {
      const active = manifest.sources.find((one) => one.source === source)?.active
      return generation === active && next > (targets.get(source)?.get(partition) ?? Infinity)
    })
    if (ahead === undefined) return { manifest, targets }
    why = `partition ${ahead.partition} of ${ahead.source} stands at ${ahead.next} in backup ${candidate}, and at ${new Date(toMs).toISOString()} its log had come to ${targets.get(ahead.source)!.get(ahead.partition)}: take an older backup`
  }
  throw new CommandError(why)
}

async function replay(
  { store, brokers, access, toMs, moveOn, progress, log }: AsOfOptions,
  admin: LogAdmin,
  name: string,
  until: Offsets,
): Promise<number> {
  const catalog = await readGenerations(store, name)
  if (catalog === null) return 0
  const { active } = catalog
  if (definitionHash(active.source) !== active.def)
    throw new CommandError(
      `generation ${active.generation} of ${name} was counted by another version of the fold: restore it with the version that made the backup`,
    )
  // What was being filled beside it is not of that time, and nobody fills it here.
  const beside = catalog.all
    .filter(({ state }) => state === 'filling' && !moveOn)
    .map(({ generation }) => generation)
  await changeCatalog(store, name, catalog.version, {
    partitions: Math.max(catalog.partitions, until.size),
    drop: beside.filter((generation) => generation !== active.generation),
    ...(!moveOn && { copyOfMs: toMs }),
  })
  return foldTo({
    source: active.source,
    generation: active.generation,
    def: active.def,
    skips: catalog.skips,
    store,
    kafka: { brokers, ...access, clientId: 'tidemark-restore', log },
    admin,
    until,
    log,
    progress: (done, total) => progress('replay', done, total),
  })
}
