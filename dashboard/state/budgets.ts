/** Budgets that are nearly spent, as the status has them: asked for seldom, while somebody looks. */
import { signal } from '@preact/signals'
import type { SpentBudget, StatusAnswer } from '../../query-api/wire.ts'
import { amount } from '../format/format.ts'
import { plural } from '../format/names.ts'

export const spent = signal<ReadonlyMap<string, readonly SpentBudget[]>>(new Map())
const EVERY_MS = 20_000

export const noteSpent = ({ sources }: Pick<StatusAnswer, 'sources'>): void => {
  spent.value = new Map(sources.map(({ source, spentBudgets }) => [source, spentBudgets]))
}

let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined
async function ask(): Promise<void> {
  if (document.hidden) return
  // Where there is no answer, the panels say so themselves.
  const response = await fetch('/v1/status').catch(() => null)
  if (response?.ok === true) noteSpent((await response.json()) as StatusAnswer)
}
/** Asks while there is a watcher; returns how to leave. */
export function watchBudgets(): () => void {
  if (watchers++ === 0) {
    void ask()
    timer = setInterval(() => void ask(), EVERY_MS)
  }
  return () => {
    if (--watchers === 0) clearInterval(timer)
  }
}

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
