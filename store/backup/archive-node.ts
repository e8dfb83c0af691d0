/** One node of the store: copied, and its keys in the parts of an archive. */
import type { StoreNode } from '../connection/address.ts'
import type { Store } from '../connection/connection.ts'
import { readInfo } from '../node-info.ts'
import type { EngineVersion } from '../engine-version.ts'
import { collect, type Collected } from './collect.ts'
import { BackupError } from './fault.ts'
import { copyKeys } from './key-copy.ts'
import { copyNode } from './node-copy.ts'
import type { BackupOptions } from './options.ts'
import type { BackupDraft } from './place.ts'
import { withScratch } from './scratch.ts'

export interface Copied {
  readonly engine: EngineVersion
  /** The replica, where it has one that keeps up: a copy costs a fork. Then itself. */
  readonly copyFrom: readonly StoreNode[]
}

export async function nodesOf(store: Store): Promise<Copied[]> {
  return (await store.info()).map(({ node, text }) => {
    const end = node.lastIndexOf(':')
    const self = { host: node.slice(0, end), port: Number(node.slice(end + 1)) }
    const replicas = [...text.matchAll(/^slave\d+:ip=([^,]+),port=(\d+),state=online,/gm)]
    return {
      engine: readInfo(node, text),
      copyFrom: [...replicas.map(([, host, port]) => ({ host: host!, port: Number(port) })), self],
    }
  })
}

/** Throws BackupError, StoreError. */
export async function archiveNode(
  options: BackupOptions,
  draft: BackupDraft,
  node: number,
  copyFrom: readonly StoreNode[],
): Promise<Collected> {
  const { address, key, scratch, progress, partBytes } = options
  const space = await scratch()
  try {
    const refusal = await copyWhole(options, copyFrom, space.rdb)
    return await withScratch(space, address.db, async (copy) => {
      if (refusal !== null) await copyByKeys(options, copyFrom, copy, refusal)
      return collect({
        copy,
        node,
        key,
        draft,
        scratch: space.folder,
        ...(partBytes !== undefined && { partBytes }),
        progress: (keys, total) => progress?.('archive', keys, total),
      })
    })
  } finally {
    await space.remove()
  }
}

/** Of the first that gives a copy of itself. Null, or why none of them does. */
async function copyWhole(
  { address, access, progress, log }: BackupOptions,
  copyFrom: readonly StoreNode[],
  file: string,
): Promise<BackupError | null> {
  const copied = (bytes: number, total: number | null): void => progress?.('copy', bytes, total)
  return firstOf(copyFrom, (node) => copyNode({ address, access, node, file, progress: copied }), log).then(
    () => null,
    (error: unknown) => {
      if (error instanceof BackupError && error.code === 'NO_SYNC') return error
      throw error
    },
  )
}

async function copyByKeys(
  { address, access, progress, log }: BackupOptions,
  copyFrom: readonly StoreNode[],
  target: Store,
  refusal: BackupError,
): Promise<void> {
  log?.(
    `${refusal.message}: its keys are read one by one instead, each partition as of one moment, other keys each as of its own`,
  )
  const read = (keys: number, total: number): void => progress?.('keys', keys, total)
  await firstOf(
    copyFrom,
    async (node) => {
      await target.pipeline([['FLUSHALL']])
      await copyKeys({ address, access, node, target, progress: read })
    },
    log,
  )
}

export async function firstOf(
  nodes: readonly StoreNode[],
  work: (node: StoreNode) => Promise<void>,
  log: BackupOptions['log'],
): Promise<void> {
  for (const [at, node] of nodes.entries())
    try {
      return await work(node)
    } catch (error) {
      const code = error instanceof BackupError ? error.code : null
      // A disk of this machine that is full takes no other copy either.
      if (at === nodes.length - 1 || code === 'STOPPED' || code === 'PLACE') throw error
      if (code !== 'NO_SYNC') log?.(`${(error as Error).message}; its primary is copied instead`)
    }
}
