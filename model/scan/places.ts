/** Where the values of a source's paths stand: a slot each, in the tree of that part of the record through which its path leads. */
import type { Path, Source } from '../definition.ts'
import { frameOf } from '../decode/payload.ts'
import { isHeader, isInEvent, isKey, isTimestamp, isTopic } from './can-scan.ts'
import { newNode, nodeAt, type Node } from './names.ts'
import type { ReadObject } from './objects.ts'
import type { RecordView } from './record.ts'
import type { Slots } from './slots.ts'

/** Fills slots from the record around its value. False: for the plain decoder. */
type ReadOutside = (record: RecordView, tsMs: number) => boolean

export class Places {
  readonly #slots: Slots
  /** The event; the object that holds rows; the value of a pair; the key. */
  readonly item = newNode(Buffer.alloc(0))
  readonly outer = newNode(Buffer.alloc(0))
  readonly value = newNode(Buffer.alloc(0))
  readonly #key = newNode(Buffer.alloc(0))
  readonly itemSlots: number[] = []
  readonly outerSlots: number[] = []
  readonly pairSlots: number[] = []
  /** The name of a pair; -1 where nobody asks for it. */
  nameSlot = -1
  readonly outside: ReadOutside[] = []

  readonly #frame: { readonly magic: number; readonly bytes: number } | null
  readonly #read: ReadObject
  readonly #numberOfObject: () => number

  constructor(source: Source, slots: Slots, read: ReadObject, numberOfObject: () => number) {
    this.#slots = slots
    this.#frame = source.framed === undefined ? null : frameOf(source.framed)
    this.#read = read
    this.#numberOfObject = numberOfObject
  }

  slotAt(path: Path): number {
    if (isInEvent(path)) return this.#inside(this.item, path, this.itemSlots)
    const [, part, ...rest] = path
    if (part === 'outer') return this.#inside(this.outer, rest, this.outerSlots)
    if (part === 'value') return this.#inside(this.value, rest, this.pairSlots)
    if (part === 'name') return this.nameSlot < 0 ? (this.nameSlot = this.#addOfPair()) : this.nameSlot
    if (part === 'key' && rest.length > 0) {
      if (this.#key.children.length === 0) this.outside.push((record) => this.#readKey(record))
      return this.#inside(this.#key, rest, [])
    }
    return this.#addOutside(path)
  }

  #inside(root: Node, path: Path, slots: number[]): number {
    const node = nodeAt(root, path)
    if (node.slot < 0) slots.push((node.slot = this.#slots.add()))
    return node.slot
  }

  #addOfPair(): number {
    const slot = this.#slots.add()
    this.pairSlots.push(slot)
    return slot
  }

  /** A key that is no JSON object may be anything: the plain decoder says what is in it. */
  #readKey({ bytes, keyAt, keyLength }: RecordView): boolean {
    if (keyLength < 0) return true
    const frame = this.#frame
    const isFramed = frame !== null && bytes[keyAt] === frame.magic && keyLength >= frame.bytes
    const { walk } = this.#slots
    walk.begin(bytes, keyAt + (isFramed ? frame.bytes : 0), keyAt + keyLength)
    return walk.next() === 123 && this.#read(this.#key, 1, this.#numberOfObject()) && walk.next() === -1
  }

  /** A slot that is filled from what needs no walk. */
  #addOutside(path: Path): number {
    const slots = this.#slots
    const slot = slots.add()
    if (isKey(path)) this.outside.push((record) => slots.setOutside(slot, record.keyAt, record.keyLength))
    if (isTimestamp(path)) this.outside.push((_, tsMs) => (slots.setTime(slot, tsMs), true))
    if (isTopic(path)) this.outside.push(() => (slots.setTopic(slot), true))
    if (isHeader(path)) {
      const name = path[2]!
      this.outside.push((record) => {
        record.findHeader(name)
        return slots.setOutside(slot, record.headerAt, record.headerLength)
      })
    }
    return slot
  }
}
