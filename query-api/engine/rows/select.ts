/** The first `count` of `items` in the order of `compare`, however many there are; yields wherever it may be interrupted. Pure. */
export function* firstOf<T>(
  items: Iterable<T>,
  count: number,
  compare: (a: T, b: T) => number,
): Generator<void, T[]> {
  const kept: T[] = []
  let seen = 0
  for (const item of items) {
    kept.push(item)
    if (kept.length >= 2 * count + SPARE) {
      kept.sort(compare)
      kept.length = count
    }
    if (++seen % SPARE === 0) yield
  }
  kept.sort(compare)
  return kept.slice(0, count)
}

/** Sorted once for so many more. */
const SPARE = 500
