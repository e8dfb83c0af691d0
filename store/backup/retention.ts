/** Which backups go: everything that no rule keeps. `7d` keeps those of the last seven days, `10` the newest ten; with both, what either keeps. The newest stays always. */

export interface Retention {
  readonly ageMs: number | null
  readonly count: number | null
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** `7d`, `10`, `7d,10`; null where it is none of these. */
export function parseRetention(text: string): Retention | null {
  let [ageMs, count]: [number | null, number | null] = [null, null]
  for (const rule of text.split(',').map((one) => one.trim())) {
    const found = /^([1-9]\d{0,4})([mhdw])?$/.exec(rule)
    if (found === null) return null
    if (found[2] === undefined) count = Number(found[1])
    else ageMs = Number(found[1]) * UNITS[found[2]]!
  }
  return { ageMs, count }
}

/** `names` oldest first. */
export function outdated(names: readonly string[], keep: Retention, nowMs: number): string[] {
  return names.filter((name, at) => {
    if (at === names.length - 1) return false
    const byAge = keep.ageMs !== null && timeOfName(name) > nowMs - keep.ageMs
    const byCount = keep.count !== null && at >= names.length - keep.count
    return !byAge && !byCount
  })
}

export function timeOfName(name: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/
    .exec(name)!
    .map(Number)
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!)
}

export function nameOf(nowMs: number, suffix: string): string {
  return `${new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${suffix}`
}
