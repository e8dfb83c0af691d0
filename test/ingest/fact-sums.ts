/** What the cells of facts add up to, out of the keys that a fold wrote. */
import { cellAt, DAY_MS } from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import { factsOf } from '../../model/facts.ts'
import { rowLayout } from '../../model/measures/index.ts'
import { partsOf } from '../../model/measures/part.ts'
import { unpackCell } from '../../model/pack.ts'

/** By name, the sums of one breakdown in the interval of an hour, over everything; names without any are left out. */
export function factSums(
  source: Source,
  fact: string,
  keys: ReadonlyMap<string, ReadonlyMap<string, string>>,
  by: string,
): Record<string, number[]> {
  const { read, written } = factsOf(source).find(({ name }) => name === fact)!
  const parts = partsOf(rowLayout(read.metrics), 0)
  const [isTotal, ms] = [by === 'all', 3_600_000]
  const found = new Map<string, number[]>()
  for (const [suffix, fields] of keys) {
    const prefix = `c:${fact}.${by}:1h:`
    if (!suffix.startsWith(prefix)) continue
    const [block, group] = suffix.slice(prefix.length).split('.').map(Number) as [number, number]
    for (const [slot, bytes] of fields) {
      const { windowNumber, id } = cellAt(block, group, Number(slot), isTotal)
      const names = keys.get(`n:${fact}.${by}:${Math.floor((windowNumber * ms) / DAY_MS)}`)
      const name = isTotal ? by : ([...(names ?? [])].find(([, its]) => Number(its) === id)?.[0] ?? 'other')
      const part = parts.of(unpackCell(Buffer.from(bytes, 'latin1'), rowLayout(read.metrics))) as number[]
      const sums = written.metrics.map((_, nth) => part[2 * nth]! * 2 ** 49 + part[2 * nth + 1]!)
      found.set(
        name,
        sums.map((sum, nth) => sum + (found.get(name)?.[nth] ?? 0)),
      )
    }
  }
  return Object.fromEntries([...found].filter(([, sums]) => sums.some((sum) => sum !== 0)))
}
