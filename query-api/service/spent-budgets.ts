/** Budgets that are nearly spent, before numbers go into `__other__` and devices leave no presence: which field grows, how far it is, and some of what came. */
import { DAY_MS, namesSuffix } from '../../model/chunk.ts'
import type { EventId, Source } from '../../model/definition.ts'
import { VALUES_AN_ENTITY } from '../../model/forecast.ts'
import { pathText } from '../../model/decode/path.ts'
import { bucketsAt } from '../../model/seen-ids.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import { StoreError } from '../../store/errors.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { idsIn, idsSuffix } from '../../store/layout/ids.ts'
import { dayOfLivingField, readLivingCount, type LivingKind } from '../../store/layout/living.ts'
import { readingsSuffix } from '../../store/layout/readings.ts'
import type { Observation } from '../sources/partition-observer.ts'
import type { OpenSource } from '../sources/sources.ts'
import type { SpentBudget } from '../wire.ts'

/** Share of a budget from which on it is said. */
const NEARLY = 0.85
const SAMPLED = 3

interface Use extends Omit<SpentBudget, 'sample'> {
  /** Asks the store for some of them; null where what lies there are no names. */
  readonly sample: Command | null
}

/** One for each field, breakdown or metric, of the partition that is the furthest. What the store cannot say is left out: it is named elsewhere. */
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
      const tables = tablesOf(source, keys, newestMs)
      const [living, ...counts] = await store.each([
        ['HGETALL', keys.living],
        ...tables.map(({ key }): Command => ['HLEN', key]),
      ])
      for (const [at, { key, ...rest }] of tables.entries())
        if (typeof counts[at] === 'number')
          uses.push({ ...rest, partition, used: counts[at], sample: ['HSCAN', key, '0', 'COUNT', SAMPLED] })
      if (source.entity !== null && Array.isArray(living)) {
        const { budget, last } = source.entity
        const of = (kind: LivingKind): number => livingIn(kind, living as Buffer[])
        const seen: Command = ['ZREVRANGE', keys.seen, '0', String(SAMPLED - 1)]
        uses.push({ kind: 'entities', by: source.key, partition, used: of('s'), budget, sample: seen })
        if (last !== null)
          uses.push({
            kind: 'values',
            by: last.by,
            partition,
            used: of('l'),
            budget: budget * VALUES_AN_ENTITY,
            sample: ['HSCAN', keys.last, '0', 'COUNT', SAMPLED],
          })
      }
      const { id } = source
      const used = id === undefined ? null : await idsHeld(store, keys, id, position!.state.logClockMs)
      if (id !== undefined && used !== null)
        uses.push({
          kind: 'ids',
          by: pathText(id.from[0]!),
          partition,
          used,
          budget: id.budget,
          sample: null,
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
      sample: sample === null ? [] : namesIn((await store.each([sample]))[0]).slice(0, SAMPLED),
    })),
  )
}

/** Hashes with a field for each name: those of the running day, and the series of the metrics that go by series. */
function tablesOf(
  source: Source,
  keys: PartitionKeys,
  newestMs: number,
): { kind: 'names' | 'series'; by: string; budget: number; key: string }[] {
  const day = Math.floor(newestMs / DAY_MS)
  return [
    ...source.breakdowns
      .slice(1)
      .map(({ name }) => ({
        kind: 'names' as const,
        by: name,
        budget: source.budget,
        key: keys.of(namesSuffix(name, day)),
      })),
    ...source.metrics.flatMap(({ name, series }) =>
      series === undefined
        ? []
        : [{ kind: 'series' as const, by: name, budget: series.budget, key: keys.of(readingsSuffix(name)) }],
    ),
  ]
}

/** Null where the store cannot say. */
async function idsHeld(
  store: Store,
  keys: PartitionKeys,
  id: EventId,
  clockMs: number | null,
): Promise<number | null> {
  const buckets = bucketsAt(id, clockMs).map((bucket) => keys.of(idsSuffix(bucket)))
  const fields = await store.each(buckets.map((key): Command => ['HLEN', key]))
  if (!fields.every((one) => typeof one === 'number')) return null
  const last = await store.each(
    buckets.map((key, at): Command => ['HSTRLEN', key, String(Math.max(0, (fields[at] as number) - 1))]),
  )
  if (!last.every((one) => typeof one === 'number')) return null
  return buckets.reduce((sum, _, at) => sum + idsIn(fields[at] as number, last[at] as number), 0)
}

/** Of the counts by day, those of entities or of latest values. */
function livingIn(kind: LivingKind, flat: readonly Buffer[]): number {
  let total = 0
  for (let at = 0; at + 1 < flat.length; at += 2)
    if (dayOfLivingField(kind, flat[at]!.toString()) !== null) total += readLivingCount(flat[at + 1]!) ?? 0
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
