/** Which engine may follow another one over the same files and in the same replication. */
import { canRestore } from './dump-version.ts'

export interface EngineVersion {
  readonly family: 'valkey' | 'redis'
  /** `9.1.2` */
  readonly version: string
}

/** Since when each family writes which version of the dump format, newest first. */
const FORMATS: Readonly<
  Record<EngineVersion['family'], readonly (readonly [since: string, format: number])[]>
> = {
  redis: [
    ['8.0', 12],
    ['7.4', 12],
    ['7.2', 11],
    ['7.0', 10],
  ],
  valkey: [
    ['9.0', 80],
    ['7.2', 11],
  ],
}

export const engineText = ({ family, version }: EngineVersion): string =>
  `${family === 'valkey' ? 'Valkey' : 'Redis'} ${version}`

/** Order of two versions by their numbers; `part`: how many of them count. */
export function compareVersions(a: string, b: string, part = 3): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  for (let at = 0; at < part; at++) {
    const apart = (left[at] ?? 0) - (right[at] ?? 0)
    if (apart !== 0) return apart
  }
  return 0
}

/** Why `to` must not take the place of `from`, as one sentence; null = it may. */
export function upgradeFault(from: EngineVersion, to: EngineVersion): string | null {
  if (formatOf(to) === null)
    return `${engineText(to)} is too old: ${FORMATS[to.family].at(-1)![0]} or newer is needed`
  if (from.family === to.family && compareVersions(to.version, from.version, 2) < 0)
    return `${engineText(to)} is older than ${engineText(from)}, which runs: an engine does not go back; where it must, restore a backup into a store of the older one`
  if (!canReadValues(from, to))
    return `${engineText(to)} cannot read the files of ${engineText(from)}; take the keys over into a new store by: tidemark store import`
  return null
}

/** Whether what one engine dumps can be restored into another one; what is not known is taken to be. */
export const canReadValues = (writer: EngineVersion, reader: EngineVersion): boolean => {
  const [written, read] = [formatOf(writer), formatOf(reader)]
  return written === null || read === null || canRestore(written, read)
}

function formatOf({ family, version }: EngineVersion): number | null {
  return FORMATS[family].find(([since]) => compareVersions(version, since, 2) >= 0)?.[1] ?? null
}
