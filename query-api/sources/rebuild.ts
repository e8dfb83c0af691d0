/** A generation that is being filled to take over from the one that answers: how far it is, and whether somebody is at it. */
import { readPosition } from '../../store/calls/open.ts'
import type { Position } from '../../store/layout/position.ts'
import { damageIn } from './damage.ts'
import type { Store } from '../../store/connection/connection.ts'
import { partitionKeys } from '../../store/keys.ts'
import type { CatalogGeneration, Generations } from '../../store/calls/read-generations.ts'

export interface Filling {
  readonly generation: CatalogGeneration
  /** Null: not begun. */
  readonly positions: readonly (Position | null)[]
}

/** The newest that is to take over; it is the one that answers where the store lost all of it, and it is filled again in its place. Null where none is. */
export function fillingOf({ all }: Generations): CatalogGeneration | null {
  return all.findLast(({ state }) => state === 'filling') ?? null
}

export async function readFilling(
  store: Pick<Store, 'pipeline'>,
  generation: CatalogGeneration,
  partitions: number,
): Promise<Filling> {
  const { source } = generation
  const positions = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const keys = partitionKeys(source.name, partition, generation.generation)
      try {
        return await readPosition(store, keys, source)
      } catch (error) {
        if (damageIn(error, keys.pos) === null) throw error
        return null // it is not what answers; its worker says what is wrong with it
      }
    }),
  )
  return { generation, positions }
}

/**
 * Share of the records between the first and the end of the log that are counted, 0 to 1. A partition that has not begun has as much to
 * do as the one before it had; where nothing is known at all, nothing is done.
 */
export function progressOf({ positions }: Filling, before: readonly (Position | null)[]): number {
  let done = 0
  let all = 0
  for (const [partition, position] of positions.entries()) {
    const known = position ?? before[partition] ?? null
    if (known === null) continue
    const { first, next } = known.state
    all += Math.max(known.end ?? next, next) - first
    if (position !== null) done += next - first
  }
  if (all > 0) return done / all
  return positions.every((position) => position !== null && position.endAtMs !== null) ? 1 : 0
}
