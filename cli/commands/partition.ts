/** `tidemark partition`: where partitions stand, and the ways past a halt that are left to a person. */
import { rebuild } from '../../ingest/generations.ts'
import { LogError } from '../../log/errors.ts'
import { openAdmin } from '../../log/kafka.ts'
import { changeCatalog, listSources } from '../../store/calls/catalog.ts'
import { openStore, type Store } from '../../store/connection/connection.ts'
import { StoreError } from '../../store/errors.ts'
import { readHaltNote } from '../../store/calls/halt-note.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import {
  readGenerations,
  type CatalogGeneration,
  type Generations,
} from '../../store/calls/read-generations.ts'
import { skip } from '../../store/calls/skip.ts'
import { CommandError, exitCodes } from '../args/exit.ts'
import { partitionHelp, readPartitionConfig, type PartitionConfig } from './partition-config.ts'
import { listText, type Row } from './partition-output.ts'

/** Skips that the catalog keeps of one partition. */
const MOST_SKIPS = 100
const MOST_TRIES = 20

export async function run(argv: string[]): Promise<number> {
  const config = readPartitionConfig(argv)
  if (config === null) {
    process.stdout.write(partitionHelp)
    return exitCodes.ok
  }
  const store = await openStore({ ...config.store })
  try {
    const act = { list, skip: skipOffsets, rebuild: rebuildSource }[config.action]
    process.stdout.write(await act(store, config))
    return exitCodes.ok
  } catch (error) {
    if (error instanceof StoreError || error instanceof LogError) {
      const isOfSettings = error instanceof StoreError && (error.isOfAccess || error.isSetting)
      throw new CommandError(
        error.message,
        isOfSettings || !error.retry ? exitCodes.config : exitCodes.failed,
      )
    }
    throw error
  } finally {
    await store.close()
  }
}

async function catalogOf(store: Store, source: string): Promise<Generations> {
  const found = await readGenerations(store, source)
  if (found !== null) return found
  const known = await listSources(store)
  throw new CommandError(
    `there is no source ${source} in this store${known.length > 0 ? `; there are ${known.join(', ')}` : ''}`,
    exitCodes.usage,
  )
}

/** The generation that is counted now. */
function inForce({ active, all }: Generations): CatalogGeneration {
  return all.findLast(({ state }) => state === 'filling') ?? active
}

async function list(store: Store, { source }: PartitionConfig): Promise<string> {
  const names = source === undefined ? await listSources(store) : [source]
  const rows: Row[] = []
  for (const name of names) {
    const catalog = await catalogOf(store, name)
    const { generation, source: definition } = inForce(catalog)
    for (let partition = 0; partition < catalog.partitions; partition++) {
      const keys = partitionKeys(name, partition, generation)
      const halt = await readHaltNote(store, keys)
      const position = await readPosition(store, keys, definition).catch((error: unknown) => {
        if (error instanceof StoreError && error.code === 'STORE_DAMAGED') return error.message
        throw error
      })
      rows.push({ source: name, generation, partition, position, halt })
    }
  }
  return listText(rows, Date.now())
}

async function skipOffsets(store: Store, config: PartitionConfig): Promise<string> {
  const {
    source: name,
    partition,
    to,
    why,
  } = config as { source: string; partition: number; to: number; why: string }
  const catalog = await catalogOf(store, name)
  if (partition >= catalog.partitions)
    throw new CommandError(`${name} has partitions 0 to ${catalog.partitions - 1}`, exitCodes.usage)
  const { generation, source } = inForce(catalog)
  const keys = partitionKeys(name, partition, generation)
  const position = await readPosition(store, keys, source)
  if (position === null)
    throw new CommandError(`${name}/${partition} was never begun in this store: there is nothing to skip`)
  const { next } = position.state
  if (to <= next)
    throw new CommandError(`${name}/${partition} stands at ${next}: --to must be above it`, exitCodes.usage)
  const end = await logEnd(config, source.topic, partition)
  if (to > end)
    throw new CommandError(
      `${name}/${partition} ends at ${end} in the log: --to may not be above it`,
      exitCodes.usage,
    )
  const consequence = `${rangeText(next, to)} of ${name}/${partition} will never be counted`
  agree(config, `${name}/${partition}`, consequence)
  const done = await skip(store, keys, source, position, to, why, Date.now())
  if (!done.applied)
    throw new CommandError(
      `${name}/${partition} is not where it was (${done.why}; it stands at ${done.next ?? 'nothing'}): somebody counts it, or it was rebuilt. Look again: tidemark partition list --source ${name}`,
    )
  await change(store, name, (now) => ({
    skips: new Map([
      [
        partition,
        [...(now.skips.get(partition) ?? []), { from: next, to, why, atMs: Date.now() }].slice(-MOST_SKIPS),
      ],
    ]),
  }))
  return `done: ${name}/${partition} goes on at offset ${to}. Left out: ${rangeText(next, to)}; the ledger says "skipped", a dead letter says why.\n`
}

function rangeText(from: number, to: number): string {
  return to - from === 1 ? `offset ${from}` : `${to - from} offsets (${from} to ${to - 1})`
}

async function rebuildSource(store: Store, config: PartitionConfig): Promise<string> {
  const { source: name } = config as { source: string }
  const { topic } = inForce(await catalogOf(store, name)).source
  const ranges = await withAdmin(config, (admin) => admin.ranges(topic))
  const records = [...ranges.values()].reduce((sum, { start, end }) => sum + end - start, 0)
  agree(
    config,
    name,
    `${name} will be counted again from the earliest records of topic ${topic}: ${ranges.size} partitions, about ${records} records; what stands now answers until then`,
  )
  const generation = await change(store, name, (now) => rebuild(now, ranges.size, Date.now()))
  return `done: generation ${generation.last} of ${name} is filled by the workers that run with its definition, and answers when it has caught up. See: tidemark partition list --source ${name}\n`
}

function agree({ action, yes }: PartitionConfig, name: string, consequence: string): void {
  if (yes !== name)
    throw new CommandError(
      `${consequence}. Nothing was changed: ${yes === undefined ? '' : `"--yes ${yes}" names something else; `}to do it, add  --yes ${name}  to this ${action}`,
      exitCodes.usage,
    )
}

/** Written by compare-and-set, again and again where a worker was faster. */
async function change<C extends Parameters<typeof changeCatalog>[3]>(
  store: Store,
  name: string,
  of: (now: Generations) => C,
): Promise<C> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const now = await catalogOf(store, name)
    const wanted = of(now)
    if (await changeCatalog(store, name, now.version, wanted)) return wanted
  }
  throw new CommandError(`the catalog of ${name} changed ${MOST_TRIES} times while it was read; try again`)
}

async function logEnd(config: PartitionConfig, topic: string, partition: number): Promise<number> {
  const range = (await withAdmin(config, (admin) => admin.ranges(topic))).get(partition)
  if (range === undefined) throw new CommandError(`topic ${topic} has no partition ${partition}`)
  return range.end
}

async function withAdmin<T>(
  { brokers, access }: PartitionConfig,
  ask: (admin: Awaited<ReturnType<typeof openAdmin>>) => Promise<T>,
): Promise<T> {
  const admin = await openAdmin({ brokers, ...access, clientId: 'tidemark-partition' })
  try {
    return await ask(admin)
  } finally {
    await admin.close().catch(() => {})
  }
}
