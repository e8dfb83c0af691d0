/**
 * Text to its pieces of JSON, unparsed: one linear look, so that what is too many, too long or too deep is known before anything is
 * built of it, and the rest can be parsed a few at a time.
 */

export interface Piece {
  readonly text: string
  /** Most brackets inside each other; brackets in strings are letters. */
  readonly depth: number
}

export interface Pieces {
  /** At most as many as were asked for; `count` tells of all. */
  readonly pieces: readonly Piece[]
  readonly count: number
}

const [QUOTE, COMMA, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [...'",\\[]{}'].map((char) =>
  char.charCodeAt(0),
) as [number, number, number, number, number, number, number]
const isBlank = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9

/**
 * The elements of a text that is one list. Null where its brackets do not add up, or something follows it; a piece that is no JSON is only
 * found by parsing it.
 */
export function splitList(text: string, most: number): Pieces | null {
  const pieces: Piece[] = []
  let count = 0
  let start = text.indexOf('[') + 1
  const end = walk(text, start - 1, (at, depth) => {
    if (count++ < most) pieces.push({ text: text.slice(start, at), depth })
    start = at + 1
  })
  if (end === null || text.slice(end).trim() !== '') return null
  // What stands before the last bracket is an element too, but for a list of nothing.
  return count === 1 && pieces[0]?.text.trim() === '' ? { pieces: [], count: 0 } : { pieces, count }
}

/** How deep a text that is one object goes; null where its brackets do not add up, or something follows it. */
export function depthOf(text: string): number | null {
  let deepest = 0
  const end = walk(
    text,
    text.search(/\S/),
    () => {},
    (depth) => (deepest = depth),
  )
  return end === null || text.slice(end).trim() !== '' ? null : deepest
}

/** The lines that are not blank. */
export function splitLines(text: string, most: number): Pieces {
  const pieces: Piece[] = []
  let count = 0
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from)
    const to = found < 0 ? text.length : found
    let first = from
    while (first < to && isBlank(text.charCodeAt(first))) first++
    if (first < to && count++ < most) {
      const line = text.slice(first, to)
      pieces.push({ text: line, depth: deepestOf(line) })
    }
    from = to + 1
  }
  return { pieces, count }
}

function deepestOf(line: string): number {
  let deepest = 0
  walk(
    line,
    0,
    () => {},
    (depth) => (deepest = depth),
  )
  return deepest
}

/**
 * From the bracket at `from` to the one that closes it; answers the place behind it, or null. `element` hears each comma right inside it, and its
 * end, with the depth below it since the last; `whole` the depth of all.
 */
function walk(
  text: string,
  from: number,
  element: (at: number, depth: number) => void,
  whole: (depth: number) => void = () => {},
): number | null {
  let [depth, deepest, all] = [0, 0, 0]
  const last = text.charCodeAt(from) === OPEN_LIST ? CLOSE_LIST : CLOSE
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = closing(text, at)
      if (at < 0) break
    } else if (code === OPEN_LIST || code === OPEN) {
      depth++
      if (depth - 1 > deepest) deepest = depth - 1
      if (depth > all) all = depth
    } else if (code === CLOSE_LIST || code === CLOSE) {
      depth--
      if (depth === 0 && code === last) {
        element(at, deepest)
        whole(all)
        return at + 1
      }
      if (depth <= 0) break
    } else if (code === COMMA && depth === 1) {
      element(at, deepest)
      deepest = 0
    }
  }
  whole(all)
  return null
}

/** Place of the quote that ends the string begun at `from`; -1 where none does. */
function closing(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    if ((at - before) % 2 === 1) return at
  }
  return -1
}
