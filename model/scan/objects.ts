/** Reads an object along a tree of names: the values asked for go into their slots, all the rest is checked and passed. */
import { readName, type Known, type Node } from './names.ts'
import { OTHER, type Slots } from './slots.ts'

/** As many as a path may have names. */
const DEEPEST = 16

/** The rest of an object whose brace is passed. `number`: of this object alone, so that a name that comes twice is seen. False: for the plain decoder. */
export type ReadObject = (node: Node, depth: number, number: number) => boolean

export function compileObjects(slots: Slots): ReadObject {
  const { walk } = slots
  return function readObject(node, depth, number) {
    let byte = walk.next()
    if (byte === 125) return true
    if (byte !== 34) return false
    let known = node.first
    if (known === null || !walk.isName(known.written)) {
      known = node.first = readName(walk, node, known)
      if (known === null) return false
    }
    for (;;) {
      byte = walk.next()
      const child = known.node
      if (child === null) {
        if (!walk.skip(byte, depth)) return false
      } else {
        if (child.seenIn === number) return false
        child.seenIn = number
        if (byte === 123 && child.children.length > 0) {
          if (child.slot >= 0) slots.kinds[child.slot] = OTHER
          if (depth > DEEPEST || !readObject(child, depth + 1, number)) return false
        } else if (child.slot >= 0) {
          if (!slots.read(child.slot, byte)) return false
        } else if (child.take !== null) {
          if (!child.take(byte)) return false
        } else if (!walk.skip(byte, depth)) return false
      }
      const guess: Known | null = known.next
      if (guess !== null && walk.isName(guess.joined)) {
        known = guess
        continue
      }
      byte = walk.next()
      if (byte === 125) return true
      if (byte !== 44 || walk.next() !== 34) return false
      let next: Known | null = guess
      if (next === null || !walk.isName(next.written)) {
        next = readName(walk, node, guess)
        if (next === null) return false
        known.next = next
      }
      known = next
    }
  }
}
