/** What a batch adds to the list of what the log clock frees. */
import type { Argument } from '../../store/connection.ts'
import type { Due } from '../../store/layout/due.ts'
import type { ApplyCall } from '../../store/apply-call.ts'

const MOST_KNOWN = 50_000

export class DueWrites {
  /** Members that are in the list already, some of them: one entered again does no harm. */
  readonly #known = new Set<string>()
  #added: Argument[] = []

  add(due: Due | null): void {
    if (due === null || this.#known.has(due.member)) return
    this.#known.add(due.member)
    this.#added.push(due.dueMs, due.member)
  }

  /** Writes what was added; answers it: score, member ... */
  write(changes: Pick<ApplyCall, 'sortedSet' | 'member'>): readonly Argument[] {
    const added = this.#added
    if (added.length === 0) return added
    changes.sortedSet('due')
    for (let at = 0; at < added.length; at += 2) changes.member(added[at] as number, added[at + 1] as string)
    this.#added = []
    return added
  }

  trim(): void {
    if (this.#known.size > MOST_KNOWN) this.#known.clear()
  }
}
