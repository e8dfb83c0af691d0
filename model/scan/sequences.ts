/** What of a JSON text takes several bytes. */
const [QUOTE, BACKSLASH, ZERO, NINE] = [34, 92, 48, 57]

/** Bytes of the code point that begins at `at`, at or past U+0080; 0 where they are not UTF-8 (the ranges of RFC 3629, section 4). */
export function codePointBytes(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!
  const second = at + 1 < end ? bytes[at + 1]! : 0
  if (first < 0xe0) return (second & 0xc0) === 0x80 ? 2 : 0
  const third = at + 2 < end ? bytes[at + 2]! : 0
  if ((second & 0xc0) !== 0x80 || (third & 0xc0) !== 0x80) return 0
  if (first < 0xf0) return (first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f) ? 0 : 3
  const fourth = at + 3 < end ? bytes[at + 3]! : 0
  if ((fourth & 0xc0) !== 0x80) return 0
  return first > 0xf4 || (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : 4
}

/** Bytes of an escape; 0 where it is none. */
export function escapeBytes(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return 0
  const kind = bytes[at + 1]!
  if (
    kind === QUOTE ||
    kind === BACKSLASH ||
    kind === 47 ||
    kind === 98 ||
    kind === 102 ||
    kind === 110 ||
    kind === 114 ||
    kind === 116
  )
    return 2
  if (kind !== 117 || at + 6 > end) return 0
  for (let i = at + 2; i < at + 6; i++) if (!isHex(bytes[i]!)) return 0
  return 6
}

const isHex = (byte: number): boolean =>
  (byte >= ZERO && byte <= NINE) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)
