/** Adds up windows by lot, of one source after another; see sample.ts. */
import { listSources } from '../calls/catalog.ts'
import type { Store } from '../connection/connection.ts'
import { partitionKeys } from '../keys.ts'
import { hasNewLosses, readCatalog, type Generations } from '../calls/read-generations.ts'
import type { Duty } from './keeper.ts'
import { addUp, drawWindow, type Draw } from './sample.ts'

const DRAW_EVERY_MS = 2000
const DRAWS = 4
const LIST_EVERY_MS = 60_000
/** Whoever deletes keys again and again must not keep a source from ever being counted. */
const MEND_EVERY_MS = 3_600_000

export interface NumbersDutyOptions {
  readonly store: Store
  /** Keys of a source are missing: says so, and sees to it that they are counted again. `mayMend` false: that was just done. */
  readonly lost: (source: string, catalog: Generations, why: string, mayMend: boolean) => Promise<void>
  readonly random?: () => number
  readonly everyMs?: number
}

export function numbersDuty({
  store,
  lost,
  random = Math.random,
  everyMs = DRAW_EVERY_MS,
}: NumbersDutyOptions): Duty {
  let names: readonly string[] = []
  let listedMs = -Infinity
  const mendedMs = new Map<string, number>()

  async function draw(name: string): Promise<void> {
    const catalog = await whole(store, name)
    if (catalog === null) return
    const { source, generation } = catalog.active
    const keys = partitionKeys(name, Math.floor(random() * catalog.partitions), generation)
    const drawn = await drawWindow(store, keys, source, random)
    const found = drawn && (await addUp(store, keys, source, drawn))
    if (!found) return
    // Once more, and of a generation that answers still: one that goes is taken away key by key.
    const again = await addUp(store, keys, source, drawn)
    const now = await whole(store, name)
    if (again === null || now?.active.generation !== generation) return
    const mayMend = performance.now() - (mendedMs.get(name) ?? -Infinity) > MEND_EVERY_MS
    if (mayMend) mendedMs.set(name, performance.now())
    const { metric, total, parts } = again
    await lost(
      name,
      now,
      `${placeOf(source, drawn)} has ${total} ${metric} in all and ${parts} by name`,
      mayMend,
    )
  }

  return {
    name: 'numbers',
    everyMs,
    async run(stop) {
      if (store.evicting() !== null) return // all stands still until that is over
      if (performance.now() - listedMs > LIST_EVERY_MS || names.length === 0) {
        names = await listSources(store)
        listedMs = performance.now()
      }
      for (let n = 0; n < DRAWS && names.length > 0 && !stop.aborted; n++)
        await draw(names[Math.floor(random() * names.length)]!)
    },
  }
}

/** Null where it is counted again already, or cannot be read. */
async function whole(store: Store, name: string): Promise<Generations | null> {
  const { generations } = await readCatalog(store, name)
  if (generations === null || generations.active.lossy === true) return null
  return hasNewLosses(store.losses(), generations) ? null : generations
}

function placeOf(
  source: Generations['active']['source'],
  { breakdown, interval, windowNumber }: Draw,
): string {
  const { name, ms } = source.intervals[interval]!
  const time = new Date(windowNumber * ms).toISOString()
  return `the ${name} of ${time} by ${source.breakdowns[breakdown]!.name}`
}
