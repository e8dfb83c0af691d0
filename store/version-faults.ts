/** Versions of the engine that are known to lose data, and what to do about it. Only what was seen here, or stands in the engine's own notes, is said. */
interface VersionFault {
  readonly family: 'valkey' | 'redis'
  /** Of one line of releases: from the first faulty patch to the one that mends it. */
  readonly from: readonly [major: number, minor: number, patch: number]
  readonly fixed: readonly [major: number, minor: number, patch: number]
  readonly says: string
}

const TORN =
  'after a power cut it starts on a torn transaction at the end of its append-only file, and loses it or half of it at the next start: run valkey-check-aof --fix before each start, as tidemark store-server does'
const DEFAULT_OFF =
  'with "user default off" and an append-only file it throws away at its next start what functions and transactions wrote: use "user default on resetpass -@all" or a newer version'

const FAULTS: readonly VersionFault[] = [
  { family: 'valkey', from: [8, 0, 0], fixed: [8, 0, 11], says: DEFAULT_OFF },
  { family: 'valkey', from: [8, 0, 0], fixed: [8, 0, 11], says: TORN },
  { family: 'valkey', from: [8, 1, 0], fixed: [8, 1, 10], says: TORN },
]

type Numbers = readonly [number, number, number]

const isBefore = (a: Numbers, b: Numbers): boolean => {
  const at = a.findIndex((value, i) => value !== b[i])
  return at >= 0 && a[at]! < b[at]!
}

/** One sentence a fault of this version; none where none is known. */
export function versionFaults(family: 'valkey' | 'redis', version: string): readonly string[] {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const here: Numbers = [major, minor, patch]
  return FAULTS.filter(
    (fault) => fault.family === family && !isBefore(here, fault.from) && isBefore(here, fault.fixed),
  ).map(({ says, fixed }) => `${version} is known to lose data (${says}); fixed in ${fixed.join('.')}`)
}
