/** The text of a definition file, YAML or JSON (which YAML holds), to a plain value that still knows its lines. */
import { isUtf8 } from 'node:buffer'
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
} from 'yaml'
import type { Fault, Place } from './faults.ts'

export const DEFINITION_BYTES_MAX = 1024 * 1024
const DEEPEST = 64
const ALIASES_MAX = 100

export interface DefinitionText {
  readonly value: unknown
  /** The same fault with its line and column. */
  locate(fault: Fault): Fault
}

/** Throws nothing: faults of the text itself are answered, and then there is no value, except after names given twice. */
export function readText(bytes: Uint8Array): { text: DefinitionText | null; faults: Fault[] } {
  const refuse = (says: string): { text: null; faults: Fault[] } => ({
    text: null,
    faults: [{ place: [], says }],
  })
  if (bytes.length > DEFINITION_BYTES_MAX)
    return refuse(`the file is larger than ${DEFINITION_BYTES_MAX} bytes`)
  if (!isUtf8(bytes) || bytes.includes(0)) return refuse('the file is not text in UTF-8; save it as UTF-8')
  const source = new TextDecoder().decode(bytes)
  if (source.trim() === '') return refuse('the file is empty; it needs sources and keep')
  if (isTooDeep(source)) return refuse(`more than ${DEEPEST} brackets or lists are open inside each other`)
  const lines = new LineCounter()
  // Names given twice are looked for below: the parser's own search takes minutes in a long list.
  const document = parseDocument(source, {
    lineCounter: lines,
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  })
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const syntax = [...document.errors, ...document.warnings].map(
    (error): Fault => ({ place: [], says: inOurWords(error.code, error.message), ...at(error.pos[0]) }),
  )
  if (syntax.length > 0) return { text: null, faults: syntax }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return refuse('the file says nothing; it needs sources and keep')
  const { faults, hopeless } = lookThrough(document, at)
  if (hopeless) return { text: null, faults }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch (error) {
    return refuse(
      `its anchors and aliases cannot be followed (${(error as Error).message}); write things out instead`,
    )
  }
  return { text: { value, locate: (fault) => ({ ...fault, ...at(offsetOf(document, fault)) }) }, faults }
}

/** Before parsing: a parser that calls itself for each level would run out of stack, slowly. */
function isTooDeep(source: string): boolean {
  let open = 0
  for (const char of source) {
    if (char === '[' || char === '{') open++
    else if (char === ']' || char === '}') open--
    if (open > DEEPEST) return true
  }
  return new RegExp(`(?:[-?:] +){${DEEPEST}}`).test(source)
}

const WORDS: Record<string, string> = {
  TAB_AS_INDENT: 'a tab indents this line; YAML wants spaces',
  BAD_INDENT: 'this line is indented differently from those it belongs to',
  MULTIPLE_DOCS: 'a second document begins here (---); a definition is one',
  NON_STRING_KEY: 'a list or block cannot be a name',
  BLOCK_AS_IMPLICIT_KEY:
    'two "name: value" on one line; put the second on a line of its own, or the value in quotes',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing after the name, or a quote or bracket is open',
  MISSING_CHAR: 'something is missing here',
  RESOURCE_EXHAUSTION: 'too much is open inside each other',
}

function inOurWords(code: string, message: string): string {
  if (message.startsWith('Flow ')) return 'a bracket { or [ is still open here'
  const own = WORDS[code]
  return own === undefined || code === 'MISSING_CHAR'
    ? `this is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`
    : own
}

/** Names given twice, names no object may have, aliases without an anchor. */
function lookThrough(
  document: Document.Parsed,
  at: (offset: number) => { line: number; column: number },
): { faults: Fault[]; hopeless: boolean } {
  const faults: Fault[] = []
  const anchors = new Set<string>()
  let aliases = 0
  let hopeless = false
  const fault = (node: Node, place: Place, says: string): void =>
    void faults.push({ place, says, ...at(node.range?.[0] ?? 0) })
  const look = (node: unknown, place: Place): void => {
    if (isAlias(node)) {
      aliases++
      if (anchors.has(node.source)) return
      hopeless = true
      fault(
        node,
        place,
        `*${node.source} stands for nothing: no &${node.source} before it (a text that begins with * goes in quotes)`,
      )
      return
    }
    if (isSeq(node)) for (const [index, item] of node.items.entries()) look(item, [...place, index])
    if (isMap(node)) {
      const seen = new Set<string>()
      for (const { key, value } of node.items as Pair<Node>[]) {
        const name = nameOf(key)
        if (seen.has(name)) fault(key, [...place, name], 'given twice')
        if (name === '__proto__') fault(key, [...place, name], 'this name is not allowed')
        seen.add(name)
        look(value, [...place, name])
      }
    }
    // After its insides: what holds itself is no anchor yet.
    if ((isSeq(node) || isMap(node) || isScalar(node)) && node.anchor !== undefined) anchors.add(node.anchor)
  }
  look(document.contents, [])
  if (aliases > ALIASES_MAX)
    return {
      faults: [{ place: [], says: `${aliases} aliases (*name); ${ALIASES_MAX} are allowed` }],
      hopeless: true,
    }
  return { faults, hopeless }
}

const nameOf = (key: unknown): string => (isScalar(key) ? String(key.value ?? '') : String(key))

/** Where a fault's place begins; of what is not there, where the innermost thing around it begins. */
function offsetOf(document: Document.Parsed, { place, aim }: Fault): number {
  let node: unknown = document.contents
  let offset = 0
  for (const [depth, part] of place.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    const item: unknown = isSeq(node)
      ? node.items[part as number]
      : isMap(node)
        ? (node.items as Pair[]).findLast(({ key }) => nameOf(key) === String(part))
        : undefined
    if (item === undefined) break
    const key = isPair(item) ? (item.key as Node) : null
    node = isPair(item) ? item.value : item
    const wantsKey = key !== null && ((depth === place.length - 1 && aim === 'key') || !isPlain(node))
    const begins = wantsKey ? key : (node as Node | null)
    offset = begins?.range?.[0] ?? offset
  }
  return offset
}

/** Something written right behind its name, so that its own beginning is the better place to point at. */
const isPlain = (node: unknown): boolean =>
  isAlias(node) || (isScalar(node) && node.source !== '' && node.range?.[0] !== node.range?.[1])
