/**
 * One backup from end to end: each node is copied at one moment, a server of our own reads the copy, its keys go into encrypted parts; then an empty server is
 * filled from the parts as they lie in their place. Only after that the backup gets its manifest, and so its name.
 */
import { randomBytes } from 'node:crypto'
import type { Store } from '../connection/connection.ts'
import { partitionKeys } from '../keys.ts'
import { readInfo } from '../node-info.ts'
import { canReadValues, engineText, type EngineVersion } from '../engine-version.ts'
import { archiveNode, nodesOf } from './archive-node.ts'
import type { Collected } from './collect.ts'
import { BackupError } from './fault.ts'
import { groupOf, groupOfFile } from './groups.ts'
import type { BackupKey } from './key.ts'
import { loadParts } from './load.ts'
import { MANIFEST_FILE, readManifest, writeManifest, type Manifest } from './manifest.ts'
import type { BackupOptions } from './options.ts'
import type { BackupPlace } from './place.ts'
import { nameOf } from './retention.ts'
import { withScratch } from './scratch.ts'
import { refuseMissing, refuseMoves, shardsOf, standingIn } from './shards.ts'

/** Throws BackupError, StoreError; then nothing is left behind. */
export async function makeBackup(given: BackupOptions): Promise<Manifest> {
  const { store, place, key, stop } = given
  const goOn = (): void => {
    if (stop?.aborted)
      throw new BackupError('STOPPED', 'the backup was stopped before it was whole; nothing of it is kept')
  }
  const options: BackupOptions = {
    ...given,
    progress(...said) {
      goOn()
      given.progress?.(...said)
    },
  }
  const beganMs = performance.now()
  const takenAtMs = await storeTime(store)
  const name = nameOf(takenAtMs, randomBytes(2).toString('hex'))
  const nodes = await nodesOf(store)
  const draft = await place.draft(name)
  try {
    const before = await shardsOf(store, options.address)
    const standing = await standingIn(store, options.address)
    const all: Collected[] = []
    for (const [node, one] of nodes.entries()) all.push(await archiveNode(options, draft, node, one.copyFrom))
    refuseMoves(before, await shardsOf(store, options.address), all)
    const positions = all.flatMap((one) => one.positions)
    await refuseMissing(store, standing, positions)
    const manifest = {
      name,
      takenAtMs,
      tidemark: options.version,
      engine: nodes[0]!.engine.version,
      parts: all.flatMap(({ parts }) => parts),
      positions,
      sources: all.flatMap(({ sources }) => sources),
    }
    const { reader, ...verified } = await rehearse(options, manifest, (file) => draft.read(file))
    const source = nodes[0]!.engine
    if (!canReadValues(reader, source))
      options.log?.(
        `this backup can be restored into ${engineText(reader)} or newer, not into ${engineText(source)}, of which it was made: the server that reads the copy writes values in a form of its own; for one that can, name a server as old as the store by --binary or TIDEMARK_STORE_BIN`,
      )
    const text = writeManifest(key, {
      ...manifest,
      tookMs: Math.round(performance.now() - beganMs),
      keys: manifest.parts.reduce((sum, { keys }) => sum + keys, 0),
      verified,
    })
    goOn()
    await draft.finish(text)
    return readManifest(text, name, key)
  } catch (error) {
    await draft.discard().catch(() => {}) // what went wrong first is what is said
    throw error
  }
}

/** Rehearses the restore of a backup that lies in its place, in which nothing else may lie. Throws BackupError. */
export async function verifyBackup(
  options: Pick<BackupOptions, 'place' | 'key' | 'scratch' | 'progress'>,
  name: string,
): Promise<Manifest> {
  const manifest = await manifestOf(options.place, name, options.key)
  const known = new Set([MANIFEST_FILE, ...manifest.parts.map(({ file }) => file)])
  const stranger = (await options.place.files(name)).find((file) => !known.has(file))
  if (stranger !== undefined)
    throw new BackupError(
      'STRANGER',
      `the file ${stranger} lies among those of backup ${name} and is none of it: take it away`,
    )
  await rehearse(options, manifest, (file) => options.place.read(name, file))
  return manifest
}

/** Throws BackupError NONE where there is no such backup. */
export async function manifestOf(place: BackupPlace, name: string, key: BackupKey | null): Promise<Manifest> {
  const text = await place.manifest(name)
  if (text === null)
    throw (await place.names()).includes(name)
      ? new BackupError(
          'PART_MISSING',
          `the file ${MANIFEST_FILE} of backup ${name} in ${place.shown} is missing`,
        )
      : new BackupError(
          'NONE',
          `there is no backup ${name} in ${place.shown}: tidemark store backups --from ${place.shown} lists those that are there`,
        )
  return readManifest(text, name, key)
}

async function storeTime(store: Store): Promise<number> {
  const [time] = (await store.pipeline([['TIME']])) as [[Buffer, Buffer]]
  return Number(time[0].toString()) * 1000 + Math.floor(Number(time[1].toString()) / 1000)
}

/** Node by node, so that a server of our own never holds more than one of them does. */
async function rehearse(
  options: Pick<BackupOptions, 'key' | 'scratch' | 'progress'>,
  manifest: Pick<Manifest, 'name' | 'engine' | 'parts' | 'positions' | 'sources'>,
  read: Parameters<typeof loadParts>[0]['read'],
): Promise<Manifest['verified'] & { readonly reader: EngineVersion }> {
  const beganMs = performance.now()
  const total = manifest.parts.reduce((sum, { keys }) => sum + keys, 0)
  let [reader, done]: [EngineVersion | null, number] = [null, 0]
  for (const one of byNode(manifest)) {
    const progress = (keys: number): void => options.progress?.('rehearse', done + keys, total)
    reader = await rehearseNode({ ...options, progress: (_, keys) => progress(keys) }, one, read)
    done += one.parts.reduce((sum, { keys }) => sum + keys, 0)
  }
  return {
    atMs: Date.now(),
    tookMs: Math.round(performance.now() - beganMs),
    engine: reader!.version,
    reader: reader!,
  }
}

/** Throws BackupError where a partition has no part. */
function byNode<T extends Pick<Manifest, 'name' | 'parts' | 'positions'>>(manifest: T): T[] {
  const nodeOf = new Map(manifest.parts.map(({ file, node }) => [groupOfFile(file), node]))
  const placed = manifest.positions.map((position) => {
    const { source, partition, generation } = position
    return { position, node: nodeOf.get(groupOf(partitionKeys(source, partition, generation).pos)) }
  })
  const lost = placed.find(({ node }) => node === undefined)
  if (lost !== undefined)
    throw new BackupError(
      'NOT_RESTORED',
      `backup ${manifest.name} names partition ${lost.position.partition} of ${lost.position.source}, and no file holds it`,
    )
  const nodes = [...new Set(manifest.parts.map(({ node }) => node))]
  return (nodes.length === 0 ? [0] : nodes).map((node) => ({
    ...manifest,
    parts: manifest.parts.filter((part) => part.node === node),
    positions: placed.flatMap((one) => (one.node === node ? [one.position] : [])),
  }))
}

async function rehearseNode(
  { key, scratch, progress }: Pick<BackupOptions, 'key' | 'scratch' | 'progress'>,
  manifest: Pick<Manifest, 'name' | 'engine' | 'parts' | 'positions' | 'sources'>,
  read: Parameters<typeof loadParts>[0]['read'],
): Promise<EngineVersion> {
  const space = await scratch()
  try {
    return await withScratch(space, 0, async (store) => {
      await loadParts({
        store,
        key,
        manifest,
        read,
        progress: (keys, total) => progress?.('rehearse', keys, total),
      })
      const [{ node, text }] = (await store.info()) as [{ node: string; text: string }]
      await countKeys(store, manifest)
      return readInfo(node, text)
    })
  } finally {
    await space.remove()
  }
}

/** The server was empty before: it holds what was put into it, less what expired by its own time since. */
async function countKeys(store: Store, { name, parts }: Pick<Manifest, 'name' | 'parts'>): Promise<void> {
  const [found] = (await store.pipeline([['DBSIZE']])) as [number]
  const keys = parts.reduce((sum, one) => sum + one.keys, 0)
  const lasting = parts.reduce((sum, one) => sum + one.keys - one.expiring, 0)
  if (found > keys || found < lasting)
    throw new BackupError('NOT_RESTORED', `backup ${name} holds ${keys} keys, and ${found} came out of it`)
}
