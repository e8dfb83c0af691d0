/** The spellings of one page made one. What cannot be read stays as it was sent; nothing is refused. */

/** Bytes that mean something else in a path than their escape does: these stay escaped, with capital digits. */
const MEANING = new Set(['/', '?', '#', '%', '\\'])
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g
const ORIGIN = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/

/**
 * Campaign tags and everything else of the query, the fragment and slashes at the end go; escapes become the letters they stand for, in
 * NFC. A fragment that begins with `/` or `!/` is the route of a page that runs in the browser: it stays, and is cleaned likewise.
 */
export function cleanPath(text: string, lowercase = false): string {
  const origin = ORIGIN.exec(text)?.[0] ?? ''
  const { path, route } = partsOf(text.slice(origin.length))
  const clean = origin.toLowerCase() + tidy(path) + (route === null ? '' : routeOf(route))
  return lowercase ? clean.toLowerCase() : clean
}

/** A parameter of the query, or of the query of a route; null where it is absent or empty. */
export function queryOf(text: string, name: string): string | null {
  const { query, route } = partsOf(text)
  for (const pairs of [query, route === null ? null : partsOf(route.slice(1)).query]) {
    for (const pair of pairs?.split('&') ?? []) {
      const at = pair.indexOf('=')
      if (lettersOf(at < 0 ? pair : pair.slice(0, at)) !== name) continue
      return (at < 0 ? '' : lettersOf(pair.slice(at + 1)).normalize('NFC')) || null
    }
  }
  return null
}

/** `route`: what follows `#`, its `#` too, where it is the address of a page. */
function partsOf(text: string): { path: string; query: string | null; route: string | null } {
  const hash = text.indexOf('#')
  const before = hash < 0 ? text : text.slice(0, hash)
  const route = hash >= 0 && /^#!?\//.test(text.slice(hash)) ? text.slice(hash) : null
  const mark = before.indexOf('?')
  return mark < 0
    ? { path: before, query: null, route }
    : { path: before.slice(0, mark), query: before.slice(mark + 1), route }
}

/** `#/blog/?x#y` is `#/blog`. */
function routeOf(route: string): string {
  const begin = route.startsWith('#!') ? '#!' : '#'
  const [path = ''] = route.slice(begin.length).split(/[?#]/, 1)
  return begin + tidy(path)
}

/** Without slashes at the end, escapes as letters, in NFC; `/` of what is empty. */
export function tidy(path: string): string {
  let end = path.length
  while (end > 0 && path[end - 1] === '/') end--
  return decoded(path.slice(0, end), MEANING).normalize('NFC') || '/'
}

const lettersOf = (text: string): string => decoded(text.replaceAll('+', ' '), new Set())

/** Escapes to letters, where they are UTF-8; control characters stay escaped, and so does what is in `kept`. */
function decoded(text: string, kept: ReadonlySet<string>): string {
  return text.replace(ESCAPES, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex')
    let out = ''
    for (let at = 0; at < bytes.length; ) {
      const length = lengthOfCharacter(bytes, at)
      const letter = length === 0 ? '' : bytes.toString('utf8', at, at + length)
      const escape = run.slice(at * 3, (at + Math.max(length, 1)) * 3)
      if (length === 0) out += escape
      else if (kept.has(letter) || letter < ' ' || letter === '\x7f') out += escape.toUpperCase()
      else out += letter
      at += Math.max(length, 1)
    }
    return out
  })
}

/** Bytes of the character that begins there; 0 where none does. */
function lengthOfCharacter(bytes: Buffer, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) === 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0
  if (length === 0 || at + length > bytes.length) return 0
  return bytes.toString('utf8', at, at + length).includes('\ufffd') &&
    !bytes.subarray(at, at + length).equals(REPLACEMENT)
    ? 0
    : length
}

const REPLACEMENT = Buffer.from('\ufffd')
