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

/** What becomes of the rest, of all that is remembered. */
const PAST = {
  entities:
    'What comes past the budget is counted, and not listed. A larger entity.budget in the definition lists more.',
  values:
    'What comes past the budget is counted, and not among the latest values. A larger entity.budget in the definition keeps more.',
  series:
    'Readings of further series change nothing in this metric. A larger entity.budget in the definition keeps more.',
  ids: 'Events with further ids are counted, and counted again where they are sent again. A larger id.budget in the definition remembers more.',
} as const

function whatOf(kind: SpentBudget['kind'], by: string): string {
  if (kind === 'names') return `the names of ${by} for this UTC day are given out`
  if (kind === 'values') return `the latest values by ${by} that can be remembered are`
  if (kind === 'series') return `the series of ${by} that can be remembered are`
  return `the ${kind === 'ids' ? `ids (${by})` : plural(by)} that can be remembered are`
}

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
    said: `${share} of ${whatOf(kind, by)}: ${numbers}, in partition ${partition}`,
    sample: valuesOf(one),
    means:
      kind === 'names'
        ? isFull
          ? 'New names count as others until they come often. A larger budget: in the definition names more.'
          : 'What comes past the budget counts as others, unless it comes often. A larger budget: in the definition names more.'
        : PAST[kind],
  }
}
