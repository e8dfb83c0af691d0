/** Budgets that are nearly spent, before numbers go into `__other__` and devices leave no presence: which field grows, how far it is, and some of what came. */
import { DAY_MS, namesSuffix } from '../../model/chunk.ts'
import type { Command, Store } from '../../store/connection.ts'
import { StoreError } from '../../store/errors.ts'
import type { Observation } from '../sources/partition-observer.ts'
import type { OpenSource } from '../sources/sources.ts'
import type { SpentBudget } from '../wire.ts'

/** Share of a budget from which on it is said. */
const NEARLY = 0.85
const SAMPLED = 3

interface Use extends Omit<SpentBudget, 'sample'> {
  /** Asks the store for some of them. */
  readonly sample: Command
}

/** One for each field or breakdown, of the partition that is the furthest. What the store cannot say is left out: it is named elsewhere. */
export async function spentBudgets(
  store: Store,
  { source, partitions }: OpenSource,
  observations: readonly Observation[],
): Promise<SpentBudget[]> {
  const uses: Use[] = []
  await Promise.all(
    observations.map(async ({ position }, partition) => {
      const newestMs = position?.state.logClockMs ?? position?.state.newestMs ?? null
      if (newestMs === null) return
      const { keys } = partitions[partition]!
      const tables = source.breakdowns
        .slice(1)
        .map(({ name }) => ({ name, key: keys.of(namesSuffix(name, Math.floor(newestMs / DAY_MS))) }))
      const [living, ...counts] = await store.each([
        ['HGETALL', keys.living],
        ...tables.map(({ key }): Command => ['HLEN', key]),
      ])
      for (const [at, { name, key }] of tables.entries())
        if (typeof counts[at] === 'number')
          uses.push({
            kind: 'names',
            by: name,
            partition,
            used: counts[at],
            budget: source.budget,
            sample: ['HSCAN', key, '0', 'COUNT', SAMPLED],
          })
      if (source.entity !== null && Array.isArray(living))
        uses.push({
          kind: 'entities',
          by: source.key,
          partition,
          used: entitiesIn(living as Buffer[]),
          budget: source.entity.budget,
          sample: ['ZREVRANGE', keys.seen, '0', String(SAMPLED - 1)],
        })
    }),
  )
  const furthest = new Map<string, Use>()
  for (const use of uses.filter(({ used, budget }) => used >= budget * NEARLY))
    if (use.used > (furthest.get(`${use.kind} ${use.by}`)?.used ?? 0))
      furthest.set(`${use.kind} ${use.by}`, use)
  return Promise.all(
    [...furthest.values()].map(async ({ sample, ...use }) => ({
      ...use,
      sample: namesIn((await store.each([sample]))[0]).slice(0, SAMPLED),
    })),
  )
}

/** Of the counts by day, those of entities. */
function entitiesIn(flat: readonly Buffer[]): number {
  let total = 0
  for (let at = 0; at < flat.length; at += 2)
    if (flat[at]!.toString().startsWith('s:')) total += Number(flat[at + 1]!.toString()) || 0
  return total
}

/** Of a scan of a hash, names are every other one; of a range all are. */
function namesIn(reply: unknown): string[] {
  if (reply instanceof StoreError || !Array.isArray(reply)) return []
  const [, flat] = reply as [unknown, unknown]
  return Array.isArray(flat)
    ? (flat as Buffer[]).filter((_, at) => at % 2 === 0).map(String)
    : (reply as Buffer[]).map(String)
}
