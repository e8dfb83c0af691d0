/** Budgets that are nearly spent, as the status has them: asked for seldom, while somebody looks. */
import { signal } from '@preact/signals'
import { api } from './api.ts'
import type { SpentBudget, StatusAnswer } from '../../query-api/wire.ts'

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
  const answer = await api.state('status').catch(() => null)
  if (answer !== null) noteSpent(answer)
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
