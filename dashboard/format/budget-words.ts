/** What is said of a budget that is nearly spent. Pure. */
import type { SpentBudget } from '../../query-api/wire.ts'
import { amount } from './format.ts'
import { plural } from './names.ts'

/** Values in place of the store's JSON arrays. */
const valuesOf = ({ kind, sample }: SpentBudget): string[] =>
  sample.map((text) => {
    if (kind === 'entities') return text
    try {
      return (JSON.parse(text) as (string | null)[]).map((value) => value ?? '(none)').join(' + ')
    } catch {
      return text
    }
  })

/** "92 % of the names of path are given out (4,600 of 5,000 of this UTC day, in partition 2), such as /a." and what it means. */
export function spentWords(one: SpentBudget): {
  share: string
  said: string
  sample: string[]
  means: string
} {
  const { kind, by, used, budget, partition } = one
  const isFull = used >= budget
  const share = `${Math.floor((used / budget) * 100)}\u202f%`
  const numbers = `${amount(used)} of ${amount(budget)}`
  return {
    share,
    said:
      kind === 'names'
        ? `${share} of the names of ${by} for this UTC day are given out: ${numbers}, in partition ${partition}`
        : `${share} of the ${plural(by)} that can be remembered are: ${numbers}, in partition ${partition}`,
    sample: valuesOf(one),
    means:
      kind === 'names'
        ? isFull
          ? 'New names count as others until they come often. A larger budget: in the definition names more.'
          : 'What comes past the budget counts as others, unless it comes often. A larger budget: in the definition names more.'
        : 'What comes past the budget is counted, and not listed. A larger entity.budget in the definition lists more.',
  }
}
