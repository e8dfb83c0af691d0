/** Members of cohorts: docs/retention.md says the rule. They follow from the order of the log; what a batch did is taken back until it is kept. */
import type { RetentionRule } from '../definition.ts'
import { Remembered } from '../remembered.ts'
import type { ByteReader, ByteWriter } from '../numbers/varint.ts'
import type { Periods } from './periods.ts'

export interface Member {
  /** The period in which it joined. */
  readonly cohort: number
  /** The latest in which it was seen. */
  readonly last: number
  /** Periods in which it came back, a bit each, the cohort's own first; as many as are looked at. */
  readonly back: bigint
  /** By breakdown of the fact, the total first: the id of its name on the day its cohort begins. */
  readonly ids: readonly number[]
}

/** What an event changes: a member as it was (null: it is new) and as it is. */
export interface Seen {
  readonly was: Member | null
  readonly now: Member
}

type Limits = Pick<RetentionRule, 'lateMs' | 'budget'>

export class Members {
  readonly remembered: Remembered<Member>
  readonly #limits: Limits
  readonly #periods: Periods
  /** Periods after the cohort's that are looked at. */
  readonly #most: number
  readonly #mask: bigint

  constructor(limits: Limits, periods: Periods, most: number) {
    this.#limits = limits
    this.#periods = periods
    this.#most = most
    this.#mask = (1n << BigInt(most + 1)) - 1n
    // Names are asked for by the events of a batch alone.
    this.remembered = new Remembered<Member>(limits.budget, () => [])
  }

  /** `clockMs`: as earlier records left it, NaN where it is not known. `name` gives a new member, or one that joined earlier than was known, its ids. */
  take(
    entity: string,
    period: number,
    clockMs: number,
    { joins, returns }: { readonly joins: boolean; readonly returns: boolean },
    name: () => readonly number[],
  ): Seen | 'late' | 'over' | null {
    this.#forget(clockMs)
    if (period < this.remembered.from) return 'late'
    const held = this.remembered.get(entity)
    const back = returns ? 1n : 0n
    if (held === undefined || period > held.last + this.#most) {
      if (!joins) return null
      // law L10: retention has a budget
      if (held === undefined && !this.remembered.hasPlaceFor(entity)) return 'over'
      return this.#remember(entity, null, { cohort: period, last: period, back, ids: name() })
    }
    if (period < held.cohort) {
      const earlier = held.cohort - period
      if (!joins || earlier > this.#most) return null
      const shifted = ((held.back << BigInt(earlier)) | back) & this.#mask
      return this.#remember(entity, held, { cohort: period, last: held.last, back: shifted, ids: name() })
    }
    const now = {
      ...held,
      last: Math.max(held.last, period),
      back: (held.back | (back << BigInt(period - held.cohort))) & this.#mask,
    }
    // Most events say nothing new of their period.
    return now.last === held.last && now.back === held.back ? null : this.#remember(entity, held, now)
  }

  #remember(entity: string, was: Member | null, now: Member): Seen {
    this.remembered.set(entity, now)
    return { was, now }
  }

  /** Looks through all once a period. */
  #forget(clockMs: number): void {
    if (Number.isNaN(clockMs)) return
    const from = this.#periods.at(clockMs - this.#limits.lateMs)
    if (!this.remembered.moveTo(from)) return
    this.remembered.forget((held) => (held.last + this.#most < from ? undefined : held))
  }
}

/** z cohort, u last minus cohort, u back, u ids but the total's. */
export function packMember({ cohort, last, back, ids }: Member, out: ByteWriter): void {
  out.integer(cohort)
  out.natural(last - cohort)
  out.natural(back)
  for (let b = 1; b < ids.length; b++) out.natural(ids[b]!)
}

/** Throws RangeError on bytes that are no member of so many breakdowns, of which so many periods are looked at. */
export function unpackMember(from: ByteReader, breakdowns: number, most: number): Member {
  const cohort = Number(from.integer())
  const last = cohort + Number(from.natural())
  const back = BigInt(from.natural())
  const ids = [1, ...Array.from({ length: breakdowns - 1 }, () => Number(from.natural()))]
  if (!from.done || back >> BigInt(most + 1) > 0n) throw new RangeError('this is no member of a cohort')
  return { cohort, last, back, ids }
}
