/** The names that paths go through, as a tree; beside them the names that records really hold, so that the next one is guessed right. */
import type { Path } from '../definition.ts'
import { writtenName, type JsonWalk, type WrittenName } from './json.ts'

/** Names remembered an object, beside those asked for; past it the others are read anew each time. */
const MOST_KNOWN = 64
const COLON = 58
const COMMA_QUOTE = [44, 34]

/** A name that some path goes through. */
export interface Node {
  readonly name: Buffer
  /** Index of the value that stands here; -1 where none is asked for. */
  slot: number
  readonly children: Node[]
  /** Takes what stands here, where that is neither a value nor on the way to one: rows. */
  take: ((first: number) => boolean) | null
  readonly known: Known[]
  /** Of an object: the name that came first the last time. */
  first: Known | null
  /** The object it was last met in: twice in one is unusual. */
  seenIn: number
}

/** A name as records hold it. */
export interface Known {
  readonly name: Buffer
  /** Behind its first quote. */
  readonly written: WrittenName
  /** Behind the value before it: with comma and quote in front. */
  readonly joined: WrittenName
  /** Null where nobody asks for what stands there. */
  readonly node: Node | null
  /** The name that came behind it the last time. */
  next: Known | null
}

export const newNode = (name: Buffer): Node => ({
  name,
  slot: -1,
  children: [],
  take: null,
  known: [],
  first: null,
  seenIn: -1,
})

/** The node of a path, made where there is none yet. */
export function nodeAt(root: Node, path: Path): Node {
  let node = root
  for (const text of path) {
    const name = Buffer.from(text)
    let child = node.children.find((one) => one.name.equals(name))
    if (!child) {
      node.children.push((child = newNode(name)))
      node.known.push(knownOf(name, child))
    }
    node = child
  }
  return node
}

/** Reads a name, whose quote is passed, and its colon, of the object at `node`, where `guess` was expected; null where the walk does not take it. */
export function readName(walk: JsonWalk, node: Node, guess: Known | null): Known | null {
  const { known } = node
  for (let i = 0; i < known.length; i++) {
    const one = known[i]!
    if (one !== guess && walk.isName(one.written)) return one
  }
  if (!walk.text()) return null
  const name = walk.bytes.subarray(walk.from, walk.to)
  if (walk.next() !== COLON) return null
  const same = known.find((one) => one.name.equals(name))
  if (same !== undefined) return same
  const fresh = knownOf(name, null)
  if (known.length < node.children.length + MOST_KNOWN) known.push(fresh)
  return fresh
}

function knownOf(name: Buffer, node: Node | null): Known {
  return {
    name: Buffer.from(name),
    written: writtenName(name),
    joined: writtenName(name, COMMA_QUOTE),
    node,
    next: null,
  }
}
