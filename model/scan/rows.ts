/** A record of several events, row by row, in the order in which the plain decoder tells them apart (`model/decode/rows.ts`). */
import type { Rows } from '../definition.ts'
import type { TextDictionary } from '../columns/text-dictionary.ts'
import { nodeAt, type Node } from './names.ts'
import type { ReadObject } from './objects.ts'
import type { Places } from './places.ts'
import { ABSENT, OTHER, type Slots } from './slots.ts'

/** Adds the event that stands in the slots; its item is at `bytes[from, to)`. False: for the plain decoder, and so is the record. */
export type AddRow = (from: number, to: number) => boolean

/** Takes all rows from where the walk stands to its end. False: for the plain decoder. */
export type ReadRows = () => boolean

const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125]
const [QUOTE, COMMA, COLON, SEPARATOR] = [34, 44, 58, 0x1e]
const [ZERO, NINE] = [48, 57]

export function compileRows(
  rows: Rows | undefined,
  slots: Slots,
  places: Places,
  read: ReadObject,
  numberOfObject: () => number,
  dictionary: TextDictionary,
  add: AddRow,
): ReadRows {
  const { walk } = slots
  const clear = (some: readonly number[]): void => {
    for (let i = 0; i < some.length; i++) slots.kinds[some[i]!] = ABSENT
  }
  const isRead = (some: readonly number[]): boolean => some.every((slot) => slots.kinds[slot] !== ABSENT)
  /** Where the rows of the holder, or the pairs of the item, begin that are read once the rest is known; -1: none were met. */
  let [listAt, pairsAt] = [-1, -1]
  const isPair = compilePairNames(rows?.pairs?.length === 0 ? places.item : null, dictionary)

  /** The items of an array, or the one value. */
  function each(byte: number, take: (byte: number) => boolean): boolean {
    if (byte !== OPEN_ARRAY) return take(byte)
    byte = walk.next()
    if (byte === CLOSE_ARRAY) return true
    for (;;) {
      if (!take(byte)) return false
      byte = walk.next()
      if (byte === CLOSE_ARRAY) return true
      if (byte !== COMMA) return false
      byte = walk.next()
    }
  }

  function takeItem(byte: number): boolean {
    if (byte !== OPEN_OBJECT) return false
    const from = walk.at - 1
    clear(places.itemSlots)
    pairsAt = rows?.pairs?.length === 0 ? walk.at : -1
    if (!read(places.item, 1, numberOfObject())) return false
    const to = walk.at
    if (!rows?.pairs) return add(from, to)
    if (pairsAt < 0) return false
    walk.at = pairsAt
    if (!takePairs(from, to)) return false
    walk.at = to
    return true
  }

  /** The brace of the object is passed. */
  function takePairs(from: number, to: number): boolean {
    isPair.begin()
    let byte = walk.next()
    if (byte === CLOSE_OBJECT) return true
    for (;;) {
      if (byte !== QUOTE || !walk.text()) return false
      const [nameFrom, nameTo] = [walk.from, walk.to]
      const kind = isPair.kindOf(slots.bytes, nameFrom, nameTo)
      if (kind === UNUSUAL || walk.next() !== COLON) return false
      byte = walk.next()
      if (kind === NO_PAIR) {
        if (!walk.skip(byte, 1)) return false
      } else {
        clear(places.pairSlots)
        if (places.nameSlot >= 0) slots.setText(places.nameSlot, nameFrom, nameTo)
        if (!takeValue(byte) || !add(from, to)) return false
      }
      byte = walk.next()
      if (byte === CLOSE_OBJECT) return true
      if (byte !== COMMA) return false
      byte = walk.next()
    }
  }

  function takeValue(byte: number): boolean {
    const { slot, children } = places.value
    if (byte === OPEN_OBJECT && children.length > 0) {
      if (slot >= 0) slots.kinds[slot] = OTHER
      return read(places.value, 2, numberOfObject())
    }
    return slot >= 0 ? slots.read(slot, byte) : walk.skip(byte, 1)
  }

  function takeHolder(byte: number): boolean {
    if (byte !== OPEN_OBJECT) return false
    clear(places.outerSlots)
    listAt = -1
    isListMet = false
    if (!read(places.outer, 1, numberOfObject())) return false
    if (listAt < 0) return isListMet
    const end = walk.at
    walk.at = listAt
    if (!each(walk.next(), takeItem)) return false
    walk.at = end
    return true
  }
  let isListMet = false

  if (rows?.in)
    nodeAt(places.outer, rows.in).take = (byte) => {
      if (byte !== OPEN_ARRAY && byte !== OPEN_OBJECT) return false
      isListMet = true
      if (isRead(places.outerSlots)) return each(byte, takeItem)
      listAt = walk.at - 1
      return walk.skip(byte, 1)
    }
  if (rows?.pairs && rows.pairs.length > 0)
    nodeAt(places.item, rows.pairs).take = (byte) => {
      if (byte !== OPEN_OBJECT) return false
      pairsAt = walk.at
      return walk.skip(byte, 1)
    }
  const takeRoot = rows?.in ? takeHolder : takeItem

  if (rows?.lines !== true) return () => each(walk.next(), takeRoot) && walk.next() === -1
  return () => {
    for (;;) {
      const byte = walk.next()
      if (byte === -1) return true
      if (byte === COMMA || byte === SEPARATOR) continue
      if ((byte !== OPEN_ARRAY && byte !== OPEN_OBJECT) || !each(byte, takeRoot)) return false
    }
  }
}

const [PAIR, NO_PAIR, UNUSUAL] = [0, 1, 2]

interface PairNames {
  /** Before the pairs of an object. */
  begin(): void
  kindOf(bytes: Buffer, from: number, to: number): number
}

/** `item`: where the pairs are its own; the names that paths lead through are none then. One that comes twice, or that JavaScript puts in front, is unusual. */
function compilePairNames(item: Node | null, dictionary: TextDictionary): PairNames {
  let epoch = -1
  let read: readonly number[] = []
  /** By code: the object it was last met in. */
  let metIn = new Float64Array(1024)
  let object = 0
  return {
    begin() {
      object++
      if (epoch === dictionary.epoch) return
      epoch = dictionary.epoch
      read = (item?.children ?? []).map(({ name }) => dictionary.codeOf(name, 0, name.length))
    },
    kindOf(bytes, from, to) {
      if (isIndex(bytes, from, to)) return UNUSUAL
      const code = dictionary.codeOf(bytes, from, to)
      if (code >= metIn.length) {
        const more = new Float64Array(code * 2)
        more.set(metIn)
        metIn = more
      }
      if (metIn[code] === object) return UNUSUAL
      metIn[code] = object
      return read.includes(code) ? NO_PAIR : PAIR
    },
  }
}

function isIndex(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false
  return to > from
}
