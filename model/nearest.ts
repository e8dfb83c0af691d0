/** Number of single-letter insertions, deletions and replacements that turn `a` into `b` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

/** The same for words that differ in the order of their letters only, the commonest slip: `kye`. */
const letters = (word: string): string => [...word.toLowerCase()].sort().join('')

/** The one of `known` that a typist of `word` most likely meant; undefined when nothing is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({
      name,
      far:
        (name.startsWith(word) && word.length > 1) || letters(name) === letters(word)
          ? 1
          : distance(word.toLowerCase(), name),
    }))
    .toSorted((a, b) => a.far - b.far)
  const best = ranked[0]
  // Of two or three letters nearly every word is two changes away.
  return best && best.far <= (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3)))
    ? best.name
    : undefined
}

/** What there is instead of a name that is unknown, and which of it was most likely meant: `did you mean path? It has path, country`. */
export function insteadOf(unknown: string, known: readonly string[], has = 'it has'): string {
  const all = `${has} ${known.join(', ')}`
  const near = nearest(unknown, known)
  return near === undefined ? all : `did you mean ${near}? ${all[0]!.toUpperCase()}${all.slice(1)}`
}
