/**
 * Whole numbers past 2^53 without BigInt in the hot loop. A sum takes two slots, `high * 2^49 + low` with `0 <= low < 2^49`, exact to 2^102. A sum of
 * squares is natural and takes three, `high * 2^98 + middle * 2^49 + low`, exact to 2^151.
 */
import { intOf, type Int } from './integer.ts'
import type { ByteReader, ByteWriter } from './varint.ts'
/** A row of numbers: a piece of a table of the fold, or a cell of its own. */
export interface Row {
  [slot: number]: number
}

export const WIDE_SLOTS = 2
export const SQUARES_SLOTS = 3
const BASE = 2 ** 49
const BIG_BASE = 2n ** 49n
/** Up to here a sum with a low part is exact. */
const PLAIN = 2 ** 52
const SQUARE_IS_EXACT_TO = 94_906_265 // floor(sqrt(2^53 - 1))
const HALF = 2 ** 26
const HALVES_TO = 2 ** 52

/** Adds a whole number, |units| <= 2^53. */
export function addWide(row: Row, at: number, units: number): void {
  const sum = row[at + 1]! + units
  if (sum >= 0 && sum < BASE) {
    row[at + 1] = sum
    return
  }
  if (units < PLAIN && units > -PLAIN) {
    const carry = Math.floor(sum / BASE)
    row[at]! += carry
    row[at + 1] = sum - carry * BASE
    return
  }
  const high = Math.floor(units / BASE)
  row[at]! += high
  addWide(row, at, units - high * BASE)
}

/** Adds the square of a whole number, |units| <= 2^53, to a sum of squares. */
export function addSquare(row: Row, at: number, units: number): void {
  if (units <= SQUARE_IS_EXACT_TO && units >= -SQUARE_IS_EXACT_TO) return addNatural(row, at, units * units)
  if (units < HALVES_TO && units > -HALVES_TO) return addHalves(row, at, units < 0 ? -units : units)
  const square = BigInt(units) ** 2n
  addNatural(row, at, Number(BigInt.asUintN(49, square)))
  addMiddle(row, at, Number(BigInt.asUintN(49, square >> 49n)))
  row[at]! += Number(square >> 98n)
}

/** In halves of 26 bits, every product of which is exact: a^2 * 2^52 + 2ab * 2^26 + b^2. */
function addHalves(row: Row, at: number, units: number): void {
  const a = Math.floor(units / HALF)
  const b = units - a * HALF
  const mixed = a * b // of 2^27 each
  const mixedHigh = Math.floor(mixed / 2 ** 22)
  const upper = a * a // of 2^52 each, eight times the middle's
  const upperHigh = Math.floor(upper / 2 ** 46)
  addNatural(row, at, b * b)
  addNatural(row, at, (mixed - mixedHigh * 2 ** 22) * 2 ** 27)
  addMiddle(row, at, mixedHigh)
  addMiddle(row, at, (upper - upperHigh * 2 ** 46) * 8)
  row[at]! += upperHigh
}

/** `value` < 2^53. */
function addNatural(row: Row, at: number, value: number): void {
  const sum = row[at + 2]! + value
  if (sum < BASE) {
    row[at + 2] = sum
    return
  }
  if (value >= PLAIN) {
    const high = Math.floor(value / BASE)
    addMiddle(row, at, high)
    return addNatural(row, at, value - high * BASE)
  }
  const carry = Math.floor(sum / BASE)
  row[at + 2] = sum - carry * BASE
  addMiddle(row, at, carry)
}

/** `value` < 2^49. */
function addMiddle(row: Row, at: number, value: number): void {
  const sum = row[at + 1]! + value
  if (sum >= BASE) row[at]!++
  row[at + 1] = sum >= BASE ? sum - BASE : sum
}

export function mergeSquares(into: Row, at: number, from: Row, fromAt: number): void {
  addNatural(into, at, from[fromAt + 2]!)
  addMiddle(into, at, from[fromAt + 1]!)
  into[at]! += from[fromAt]!
}

export function squaresToInt(row: Row, at: number): Int {
  if (row[at] === 0 && row[at + 1]! < 16) return row[at + 1]! * BASE + row[at + 2]!
  return intOf((BigInt(row[at]!) << 98n) + (BigInt(row[at + 1]!) << 49n) + BigInt(row[at + 2]!))
}

export function setSquares(row: Row, at: number, value: Int): void {
  const big = BigInt(value)
  row[at] = Number(big >> 98n)
  row[at + 1] = Number(BigInt.asUintN(49, big >> 49n))
  row[at + 2] = Number(BigInt.asUintN(49, big))
}

export function mergeWide(into: Row, at: number, from: Row, fromAt: number): void {
  into[at]! += from[fromAt]!
  addWide(into, at, from[fromAt + 1]!)
}

export function wideToInt(row: Row, at: number): Int {
  const high = row[at]!
  if (high === 0) return row[at + 1]!
  if (high > -16 && high < 16) return high * BASE + row[at + 1]! // |value| < 2^53
  return intOf(BigInt(high) * BIG_BASE + BigInt(row[at + 1]!))
}

export function setWide(row: Row, at: number, value: Int): void {
  if (typeof value === 'number') {
    const high = Math.floor(value / BASE)
    row[at] = high
    row[at + 1] = value - high * BASE
    return
  }
  const low = BigInt.asUintN(49, value)
  row[at] = Number((value - low) / BIG_BASE)
  row[at + 1] = Number(low)
}

/** As `ByteWriter.natural`. */
export function packSquares(row: Row, at: number, out: ByteWriter): void {
  if (row[at] === 0 && row[at + 1] === 0) return out.natural(row[at + 2]!)
  out.lowest49(row[at + 2]!) // the base is seven groups of seven bits
  if (row[at] === 0) return out.natural(row[at + 1]!)
  out.lowest49(row[at + 1]!)
  out.natural(row[at]!)
}

/** As `ByteWriter.integer`. */
export function packWide(row: Row, at: number, out: ByteWriter): void {
  out.integer(wideToInt(row, at))
}

export const unpackSquares = (row: Row, at: number, from: ByteReader): void =>
  setSquares(row, at, from.natural())
export const unpackWide = (row: Row, at: number, from: ByteReader): void => setWide(row, at, from.integer())
