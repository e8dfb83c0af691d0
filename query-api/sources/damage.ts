/** What of the store cannot be read, in words for whoever can do something about it. */
import { StoreError, type DamagedKey } from '../../store/errors.ts'
import type { Damage } from '../wire.ts'

const TODO =
  'put back what was there, or delete the keys of this partition: it is counted again from the log. `tidemark audit` finds every key that differs'
const FOREIGN_TODO =
  'if another program wrote it, give that program other names; if it was a catalog of Tidemark, delete it: a worker of the source writes it again'

export function damageOf({ key, field, why }: DamagedKey, todo = TODO): Damage {
  return { key, field, why, todo }
}

export function catalogDamage(damaged: DamagedKey): Damage {
  return damageOf(damaged, FOREIGN_TODO)
}

/** Null where it is not the store's contents that are at fault: then nothing is known, and the caller fails. */
export function damageIn(error: unknown, key: string): Damage | null {
  if (!(error instanceof StoreError) || error.retry) return null
  return damageOf(error.damage ?? { key, field: null, why: `cannot be read (${error.message})` })
}

export function sentenceOf({ key, field, why, todo }: Damage): string {
  return `${key}${field === null ? '' : ` field ${field}`} ${why}; ${todo}`
}
