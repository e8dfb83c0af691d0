/** Numbers as ranges of them: `10..20` holds 10 and not 20. */

/** By ascending edges: `<10`, `10..50`, `>=50`. */
export function rangesOf(edges: readonly number[]): { labels: readonly string[]; of(value: number): number } {
  const last = edges.length - 1
  const labels = [
    `<${edges[0]!}`,
    ...edges.slice(1).map((edge, at) => `${edges[at]!}..${edge}`),
    `>=${edges[last]!}`,
  ]
  return {
    labels,
    of(value) {
      let [low, high] = [0, edges.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if (value >= edges[middle]!) low = middle + 1
        else high = middle
      }
      return low
    },
  }
}

/** Units of a width, and how many digits stand behind the point: 0.25 is 25 of 10^-2. Null where it has no such form. */
export function unitsOfWidth(width: number): { units: number; decimals: number } | null {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(String(width))
  if (match === null) return null
  const [, whole = '', fraction = ''] = match
  const units = Number(whole + fraction)
  return units > 0 && fraction.length <= 15 && Number.isSafeInteger(units)
    ? { units, decimals: fraction.length }
    : null
}

/** By a width: which multiple of it begins the range of a value; null past 2^53 units of it. Edges are the doubles nearest to the decimal ones. */
export function compileWidth(width: number): {
  of(value: number): number | null
  label(multiple: number): string
} {
  const { units, decimals } = unitsOfWidth(width)!
  const edge = (multiple: number): number => (multiple * units) / 10 ** decimals + 0
  return {
    of(value) {
      let multiple = Math.floor(value / width)
      if (!(Math.abs(multiple) < 2 ** 53 / units - 2)) return null
      while (value >= edge(multiple + 1)) multiple++
      while (value < edge(multiple)) multiple--
      return multiple
    },
    label: (multiple) => `${edge(multiple)}..${edge(multiple + 1)}`,
  }
}
