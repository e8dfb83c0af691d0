/** What the primaries say of their memory and of the time their calls take. Pure. */
import { dataByKey, type KeysFound } from '../../store/key-kinds.ts'
import { partsOf } from '../../store/memory-parts.ts'
import type { MemoryKind, StoreCall } from '../wire.ts'

const CALLS = 8

/**
 * In the order of the sum; null where a server does not say. What one kind holds is in no other, and all of them are what is in use. `weighed`: what keys of Tidemark take,
 * null = not known yet.
 */
export function memoryKinds(
  infos: readonly string[],
  weighed: KeysFound | null,
): { kind: MemoryKind; bytes: number }[] | null {
  const sums = partsOf(infos)
  if (sums === null) return null
  const { data, ...rest } = sums
  const ofData = dataByKey(data, weighed) ?? [['data', data]]
  return ([...ofData, ...Object.entries(rest)] as [MemoryKind, number][])
    .map(([kind, bytes]) => ({ kind, bytes }))
    .filter(({ kind, bytes }) => bytes > 0 || kind === 'data')
    .sort((a, b) => b.bytes - a.bytes)
}

/** Of the replies to INFO commandstats and INFO latencystats; null where none says a thing. */
export function callTimes(texts: readonly string[]): StoreCall[] | null {
  const found = new Map<string, { calls: number; us: number; p50Us: number | null; p99Us: number | null }>()
  const of = (command: string) => {
    const had = found.get(command) ?? { calls: 0, us: 0, p50Us: null, p99Us: null }
    found.set(command, had)
    return had
  }
  for (const text of texts) {
    for (const [, command, calls, us] of text.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)) {
      const one = of(command!)
      one.calls += Number(calls)
      one.us += Number(us)
    }
    for (const [, command, p50, p99] of text.matchAll(
      /^latency_percentiles_usec_([^:]+):p50=([\d.]+),p99=([\d.]+)/gm,
    )) {
      const one = of(command!)
      one.p50Us = Math.max(one.p50Us ?? 0, Number(p50))
      one.p99Us = Math.max(one.p99Us ?? 0, Number(p99))
    }
  }
  if (found.size === 0) return null
  return [...found]
    .filter(([, { calls }]) => calls > 0)
    .sort(([, a], [, b]) => b.us - a.us)
    .slice(0, CALLS)
    .map(([command, { calls, us, p50Us, p99Us }]) => ({
      command: command.replace('|', ' '),
      calls,
      meanUs: us / calls,
      p50Us,
      p99Us,
    }))
}
