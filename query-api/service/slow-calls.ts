/** The slow logs of the nodes, without what calls were called with: a password or a value of an application may be among it. Pure. */
import { readLibrary } from '../../store/functions.ts'
import type { StoreSlow } from '../wire.ts'

const MOST = 20

/** What one node answered; null = it did not. */
export interface SlowFacts {
  readonly node: string
  /** To SLOWLOG GET. */
  readonly log: unknown
  /** `slowlog-log-slower-than`, µs; null = not told. Below 0 nothing is noted. */
  readonly overUs: number | null
}

type Entry = NonNullable<StoreSlow['calls']>[number]

export function slowCalls(nodes: readonly SlowFacts[]): StoreSlow {
  const told = nodes.filter(({ log, overUs }) => Array.isArray(log) && !isOff(overUs))
  const over = new Set(told.map(({ overUs }) => overUs))
  const named = (isSo: (one: SlowFacts) => boolean): string[] => nodes.filter(isSo).map(({ node }) => node)
  return {
    calls:
      told.length === 0
        ? null
        : told
            .flatMap(({ node, log }) => (log as unknown[]).flatMap((entry) => slowCall(node, entry)))
            .sort((a, b) => b.atMs - a.atMs)
            .slice(0, MOST),
    overUs: over.size === 1 ? [...over][0]! : null,
    untold: named(({ log, overUs }) => !Array.isArray(log) && !isOff(overUs)),
    off: named(({ overUs }) => isOff(overUs)),
  }
}

const isOff = (overUs: number | null): boolean => overUs !== null && overUs < 0

/** `[id, seconds, µs, [name, ...arguments], client, its name]`; none where it is not that. */
function slowCall(node: string, entry: unknown): Entry[] {
  if (!Array.isArray(entry) || !Array.isArray(entry[3])) return []
  const [, seconds, tookUs, words] = entry as [unknown, unknown, unknown, unknown[]]
  return [{ node, atMs: Number(seconds) * 1000, command: commandOf(words), tookUs: Number(tookUs) }]
}

/** A server notes what it was sent: a name in any case, or no command at all. */
function commandOf([first, second]: readonly unknown[]): string {
  const name = String(first).toLowerCase()
  if (!/^[a-z][a-z0-9_.]{0,39}$/.test(name)) return 'another command'
  if (name !== 'fcall' && name !== 'fcall_ro') return name
  // Ours by any version's name; of somebody else's function it is not known that its name is no secret.
  const ours = /^tm_([a-z]+)_[0-9a-f]{12}$/.exec(String(second))?.[1]
  return ours === undefined || !readLibrary().names.includes(ours) ? name : `${name} ${ours}`
}
