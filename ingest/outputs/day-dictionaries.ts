/** The names of each breakdown and UTC day, as the store holds them. The fold asks for them by number; they are loaded before it. */
import { DAY_MS, namesSuffix } from '../../model/chunk.ts'
import type { Source } from '../../model/definition.ts'
import { Dictionary } from '../../model/dictionary.ts'
import type { Command, Store } from '../../store/connection/connection.ts'
import { damaged } from '../../store/errors.ts'
import type { PartitionKeys } from '../../store/keys.ts'
import { membersOf, type Members } from './rankings.ts'

export interface HeldDictionary {
  readonly suffix: string
  readonly names: Dictionary
  /** Null where nothing ranks the breakdown. */
  readonly members: Members | null
  /** The store has the key already. */
  stored: boolean
}

export class DayDictionaries {
  readonly #keys: PartitionKeys
  readonly #source: Source
  readonly #isRanked: readonly boolean[]
  /** By breakdown, by day. */
  readonly #held: readonly Map<number, HeldDictionary>[]

  constructor(keys: PartitionKeys, source: Source) {
    this.#keys = keys
    this.#source = source
    const ranked = new Set(source.metrics.flatMap((metric) => ('rank' in metric ? metric.rank : [])))
    this.#isRanked = source.breakdowns.map(({ name }) => ranked.has(name))
    this.#held = source.breakdowns.map(() => new Map<number, HeldDictionary>())
  }

  /** Loads these days for every breakdown; days after the newest event have no names yet. */
  async load(store: Store, days: Iterable<number>, newestMs: number | null): Promise<void> {
    const missing: { breakdown: number; day: number }[] = []
    for (const day of days)
      for (let b = 1; b < this.#held.length; b++) {
        if (this.#held[b]!.has(day)) continue
        if (newestMs !== null && day * DAY_MS > newestMs) this.#hold(b, day, [])
        else missing.push({ breakdown: b, day })
      }
    if (missing.length === 0) return
    const replies = (await store.pipeline(
      missing.map(({ breakdown, day }): Command => ['HGETALL', this.#keys.of(this.#suffix(breakdown, day))]),
    )) as Buffer[][]
    for (const [at, { breakdown, day }] of missing.entries()) {
      const flat = replies[at]!
      const pairs: [string, number][] = []
      const key = this.#keys.of(this.#suffix(breakdown, day))
      for (let i = 0; i < flat.length; i += 2)
        pairs.push(nameIn(key, flat[i]!, flat[i + 1]!, this.#source.breakdowns[breakdown]!.fields.length))
      this.#hold(breakdown, day, pairs)
    }
  }

  of(breakdown: number, day: number): HeldDictionary {
    return this.#held[breakdown]!.get(day)!
  }

  forget(suffixes: readonly string[]): void {
    for (const suffix of suffixes) {
      const [kind, breakdown, day] = suffix.split(':')
      if (kind !== 'n') continue
      const b = this.#source.breakdowns.findIndex(({ name }) => name === breakdown)
      this.#held[b]?.delete(Number(day))
    }
  }

  #suffix(breakdown: number, day: number): string {
    return namesSuffix(this.#source.breakdowns[breakdown]!.name, day)
  }

  #hold(breakdown: number, day: number, pairs: readonly [string, number][]): void {
    this.#held[breakdown]!.set(day, {
      suffix: this.#suffix(breakdown, day),
      names: new Dictionary(pairs),
      members: this.#isRanked[breakdown]! ? membersOf(pairs) : null,
      stored: pairs.length > 0,
    })
  }
}

/** A name of so many values and its id. Throws StoreError where they are not ours. */
function nameIn(key: string, field: Buffer, value: Buffer, count: number): [string, number] {
  const [name, id] = [field.toString(), Number(value.toString())]
  let values: unknown
  try {
    values = JSON.parse(name)
  } catch {
    throw damaged(key, name, 'is no name: it is not JSON')
  }
  const isName =
    Array.isArray(values) &&
    values.length === count &&
    values.every((one) => one === null || typeof one === 'string')
  if (!isName) throw damaged(key, name, 'is no name of this breakdown')
  if (!Number.isSafeInteger(id) || id < 1) throw damaged(key, name, 'holds no id')
  return [name, id]
}
