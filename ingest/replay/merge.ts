import { ReplayError } from './errors.ts'

/** Anything with a time, ms. */
export interface Timed {
  readonly timeMs: number
}

/** Rows that `sorted` takes before it refuses: it holds all of them in memory. */
export const MOST_SORTED_ROWS = 5_000_000

interface Entry<T> {
  item: T
  /** Breaks ties: of equal times the lower goes first, so that order is stable. */
  tie: number
}

/** A binary heap, earliest first. */
class Earliest<T extends Timed> {
  readonly #entries: Entry<T>[] = []
  get size(): number {
    return this.#entries.length
  }

  push(item: T, tie: number): void {
    const entries = this.#entries
    entries.push({ item, tie })
    for (let at = entries.length - 1; at > 0; ) {
      const parent = (at - 1) >>> 1
      if (!before(entries[at]!, entries[parent]!)) return
      swap(entries, at, parent)
      at = parent
    }
  }

  pop(): Entry<T> | undefined {
    const entries = this.#entries
    const first = entries[0]
    const last = entries.pop()
    if (first === undefined || last === undefined || entries.length === 0) return first
    entries[0] = last
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < entries.length && before(entries[child]!, entries[least]!)) least = child
      if (least === at) return first
      swap(entries, at, least)
      at = least
    }
  }
}

const before = <T extends Timed>(a: Entry<T>, b: Entry<T>) =>
  a.item.timeMs < b.item.timeMs || (a.item.timeMs === b.item.timeMs && a.tie < b.tie)

function swap<T>(entries: T[], a: number, b: number): void {
  const kept = entries[a]!
  entries[a] = entries[b]!
  entries[b] = kept
}

/** Puts right what is out of order by fewer than `window` places; what is more so passes as it is. */
export async function* reordered<T extends Timed>(
  items: AsyncIterable<T>,
  window: number,
): AsyncGenerator<T> {
  const waiting = new Earliest<T>()
  let seen = 0
  for await (const item of items) {
    waiting.push(item, seen++)
    if (waiting.size > window) yield waiting.pop()!.item
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) yield next.item
}

/** All of one file, earliest first; of equal times in the order of the file. Throws ReplayError past `mostSortedRows`. */
export async function* sorted<T extends Timed>(
  items: AsyncIterable<T>,
  name: string,
  most = MOST_SORTED_ROWS,
): AsyncGenerator<T> {
  const all: T[] = []
  for await (const item of items) {
    if (all.length >= most)
      throw new ReplayError(`more than ${most} rows to sort in memory; sort the file by time first`, name)
    all.push(item)
  }
  yield* all.sort((a, b) => a.timeMs - b.timeMs)
}

/** Several streams as one, the earliest head first; of equal times the stream named first. Holds one item a stream. */
export async function* merged<T extends Timed>(streams: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const readers = streams.map((stream) => stream[Symbol.asyncIterator]())
  const heads = new Earliest<T>()
  try {
    for (const [at, reader] of readers.entries()) {
      const head = await reader.next()
      if (head.done !== true) heads.push(head.value, at)
    }
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      yield head.item
      const next = await readers[head.tie]!.next()
      if (next.done !== true) heads.push(next.value, head.tie)
    }
  } finally {
    // Closes the files of a reader that stopped early.
    await Promise.all(readers.map((reader) => reader.return?.()))
  }
}
