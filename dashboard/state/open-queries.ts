/** The queries of the page's stream, each under a number of its own: what is asked comes and goes while the stream stays open. */
import type { Query } from '../plan/queries.ts'

const byNumber = new Map<number, Query>()
/** As the stream takes them. */
export const texts = new Map<number, string>()
let next = 0

export const openQuery = (q: number): Query | undefined => byNumber.get(q)
export const openQueries = (): Iterable<Query> => byNumber.values()
export const openCount = (): number => byNumber.size

/** What is asked from now on. Answers whether it is other than before. */
export function ask(queries: readonly Query[]): boolean {
  const [before, wanted] = [next, new Map(queries.map((query) => [query.slot, query]))]
  let isLess = false
  for (const [q, { slot, text }] of byNumber) {
    if (wanted.get(slot)?.text === text) wanted.delete(slot)
    else isLess = byNumber.delete(q) && texts.delete(q)
  }
  for (const query of wanted.values()) {
    byNumber.set(next, query)
    texts.set(next++, query.text)
  }
  return isLess || next > before
}
