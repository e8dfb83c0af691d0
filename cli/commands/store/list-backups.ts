/** The backups that the page shows: those of the place that this process makes them in. Manifests never change, so each is read once. */
import { manifestOf } from '../../../store/backup/make.ts'
import { timeOfName } from '../../../store/backup/retention.ts'
import type { ListBackups } from '../../../query-api/service/store.ts'
import type { StoreBackup } from '../../../query-api/wire.ts'
import type { UpkeepConfig } from './upkeep-config.ts'

const NEWEST = 20
/** A place may be a bucket far away, and cost money. */
const EVERY_MS = 30_000

/** Null where no place of backups is configured. */
export function listBackups({ backup }: UpkeepConfig): ListBackups | null {
  if (backup === null) return null
  const { place, key, everyMs } = backup
  const known = new Map<string, StoreBackup>()
  let kept: readonly StoreBackup[] | null = null
  let lookedMs = -Infinity
  let looking: Promise<void> | null = null

  const read = async (name: string): Promise<StoreBackup> => {
    const had = known.get(name)
    if (had !== undefined) return had
    try {
      const { takenAtMs, tookMs, keys, parts, verified } = await manifestOf(place, name, key)
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
      const backup = { name, takenAtMs, tookMs, bytes, keys, verifiedMs: verified.atMs }
      known.set(name, backup)
      return backup
    } catch {
      // Which it is, and why, says `tidemark store backups`.
      return { name, takenAtMs: timeOfName(name), tookMs: 0, bytes: 0, keys: 0, verifiedMs: null }
    }
  }
  const look = async (): Promise<void> => {
    try {
      const names = (await place.names()).slice(-NEWEST).toReversed()
      kept = await Promise.all(names.map(read))
      for (const name of known.keys()) if (!names.includes(name)) known.delete(name)
    } catch {
      kept = null
    }
    lookedMs = performance.now()
  }
  return async () => {
    if (performance.now() - lookedMs > EVERY_MS) looking ??= look().finally(() => (looking = null))
    // Only the first answer waits.
    if (lookedMs === -Infinity) await looking
    return { everyMs, place: place.shown, kept: kept === null ? null : [...kept] }
  }
}
