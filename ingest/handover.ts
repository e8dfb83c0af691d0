/** From one generation to the next: when a filling one may answer, and how an old one goes. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Source } from '../model/definition.ts'
import { changeCatalog } from '../store/calls/catalog.ts'
import type { Store } from '../store/connection/connection.ts'
import { StoreError } from '../store/errors.ts'
import { partitionKeys } from '../store/keys.ts'
import { readPosition } from '../store/calls/open.ts'
import type { Position } from '../store/layout/position.ts'
import type { CatalogGeneration, Generations } from '../store/calls/read-generations.ts'
import { swap, toDrop } from './generations.ts'

/** A filling generation that is this near to the log's end has caught up; a log that never rests would otherwise keep it waiting. */
const NEAR_RECORDS = 500
const FRESH_MS = 5000
const KEYS_A_STEP = 200
const STEP_PAUSE_MS = 5

async function positionsOf(
  store: Store,
  source: Source,
  generation: number,
  partitions: number,
): Promise<(Position | null)[]> {
  return Promise.all(
    Array.from({ length: partitions }, (_, partition) =>
      readPosition(store, partitionKeys(source.name, partition, generation), source),
    ),
  )
}

/** True where a generation has a position in the store, in any partition. */
export async function isThere(
  store: Store,
  source: Source,
  generation: number,
  partitions: number,
): Promise<boolean> {
  return (
    await positionsOf(store, source, generation, partitions).catch((error: unknown) => {
      if (error instanceof StoreError && !error.retry) return ['damaged, but there']
      throw error
    })
  ).some((position) => position !== null)
}

/** True where every partition of a generation stands at the log's end, or nearly, and nowhere behind what answers now. */
function hasCaughtUp(
  filling: readonly (Position | null)[],
  answering: readonly (Position | null)[],
  nowMs: number,
): boolean {
  return filling.every((position, partition) => {
    if (position === null || position.endAtMs === null || nowMs - position.endAtMs > FRESH_MS) return false
    const { first, next } = position.state
    const end = position.end ?? 0
    // Of a short log a hundredth: where nothing whole is compared with, most of it could be missing else.
    return (
      end - next <= Math.min(NEAR_RECORDS, (end - first) / 100) &&
      next >= (answering[partition]?.state.next ?? 0)
    )
  })
}

/** Lets a caught-up generation answer. True where it does now. `topicPartitions`: how many its topic has now; `catalog`: as it was read last, and one that changed since is left for the next look. */
export async function swapWhenReady(
  store: Store,
  source: Source,
  generation: number,
  topicPartitions: number,
  nowMs: number,
  catalog: Generations | null,
): Promise<boolean> {
  const change = catalog && swap(catalog, generation, nowMs)
  if (!catalog || !change) return false
  const { active, all } = catalog
  // What was counted of another log, or cannot be read, is nothing to wait for: its offsets and its partitions say nothing of this one.
  const isAnotherLog =
    active.source.topic !== source.topic ||
    all.find((one) => one.generation === generation)?.anotherLog === true
  const isCompared = active.generation !== generation && !isAnotherLog
  const partitions = isAnotherLog ? topicPartitions : catalog.partitions
  const [filling, answering] = await Promise.all([
    positionsOf(store, source, generation, partitions),
    isCompared ? positionsOf(store, active.source, active.generation, partitions) : [],
  ])
  return (
    hasCaughtUp(filling, answering, nowMs) &&
    changeCatalog(store, source.name, catalog.version, { ...change, partitions })
  )
}

/** Unlinks the keys of generations whose time is over, in small steps. Answers which are gone. */
export async function dropOld(
  store: Store,
  source: string,
  nowMs: number,
  keepOldMs: number,
  catalog: Generations | null,
): Promise<number[]> {
  const over = catalog ? toDrop(catalog, nowMs, keepOldMs) : []
  if (!catalog || over.length === 0) return []
  const put = over.map((one): CatalogGeneration => ({ ...one, dropping: true }))
  if (!(await changeCatalog(store, source, catalog.version, { put }))) return []
  for (const { generation } of over)
    for await (const keys of store.scan(`tm:{${source}/*}:g${generation}:*`))
      for (let at = 0; at < keys.length; at += KEYS_A_STEP) {
        await Promise.all(keys.slice(at, at + KEYS_A_STEP).map((key) => store.pipeline([['UNLINK', key]])))
        await sleep(STEP_PAUSE_MS)
      }
  const drop = over.map(({ generation }) => generation)
  return (await changeCatalog(store, source, catalog.version + 1, { drop })) ? drop : []
}
