/** The beginning of a command: its name, and the words behind it that decide what it is. The rest of its bytes is nobody's business here. */
import { RespError } from './resp-walk.ts'

export interface RequestHead {
  /** In lower case; '' where it is longer than any name is. */
  readonly name: string
  /** The word behind the name, in lower case; '' where there is none, it is long, or it does not matter. */
  readonly word: string
  /** The third one likewise. */
  readonly word2: string
  /** Of the whole command, its name included; 0 = an empty one, which gets no answer. */
  readonly words: number
  /** Typed into a terminal: words with spaces, up to the end of the line. */
  readonly isInline: boolean
  /** Bytes of an inline command or an empty one, with its line end. */
  readonly bytes: number
}

const [LF, CR, STAR, DOLLAR, MINUS, ZERO, NINE] = [10, 13, 42, 36, 45, 48, 57]
/** As engines have it. */
const INLINE_BYTES_MAX = 64 * 1024
const WORDS_MAX = 2 ** 31 - 1
const NAME_BYTES_MAX = 64
const DIGITS_MAX = 15

/**
 * null = the bytes end before it is known. `isWordy`: whether the words behind a name decide what it is; those of other commands are not read, they are many and mostly keys.
 * Throws {@link RespError}.
 */
export function readHead(
  bytes: Buffer,
  at: number,
  bulkBytesMax: number,
  isWordy: (name: string) => boolean,
): RequestHead | null {
  if (at >= bytes.length) return null
  if (bytes[at] !== STAR) return readInline(bytes, at)
  const words = readNumber(bytes, at + 1)
  if (words === MORE) return null
  if (words > WORDS_MAX) throw new RespError('invalid multibulk length')
  let place = lineEnd
  if (words <= 0) return { name: '', word: '', word2: '', words: 0, isInline: false, bytes: place - at }
  let [name, word, word2] = ['', '', '']
  for (let i = 0; i < Math.min(words, 3); i++) {
    if (place >= bytes.length) return null
    if (bytes[place] !== DOLLAR) throw new RespError("expected '$'")
    const length = readNumber(bytes, place + 1)
    if (length === MORE) return null
    if (length < 0 || length > bulkBytesMax) throw new RespError('invalid bulk length')
    // What is longer than any name need not be here yet, and neither must what is behind it.
    if (length > NAME_BYTES_MAX) break
    const end = lineEnd + length
    if (end + 2 > bytes.length) return null
    const text = bytes.toString('latin1', lineEnd, end).toLowerCase()
    place = end + 2
    if (i === 0) name = text
    else if (i === 1) word = text
    else word2 = text
    if (i === 0 && !isWordy(name)) break
  }
  return { name, word, word2, words, isInline: false, bytes: 0 }
}

function readInline(bytes: Buffer, at: number): RequestHead | null {
  const end = bytes.indexOf(LF, at)
  if (end < 0) {
    if (bytes.length - at > INLINE_BYTES_MAX) throw new RespError('too big inline request')
    return null
  }
  const texts = bytes.toString('latin1', at, end).trim().toLowerCase().split(/\s+/)
  const [name = '', word = '', word2 = ''] = texts.map((text) => text.replace(/^["']|["']$/g, ''))
  return { name, word, word2, words: name === '' ? 0 : texts.length, isInline: true, bytes: end + 1 - at }
}

/** The bytes end inside a line. */
const MORE = Number.NEGATIVE_INFINITY
/** Behind the line of the number that was read last: returned aside, because there are three of them a command. */
let lineEnd = 0

/** A whole number and its line end. */
function readNumber(bytes: Buffer, at: number): number {
  const isNegative = bytes[at] === MINUS
  const first = isNegative ? at + 1 : at
  let number = 0
  for (let place = first; place < bytes.length; place++) {
    const byte = bytes[place]!
    if (byte >= ZERO && byte <= NINE && place - first < DIGITS_MAX) number = number * 10 + byte - ZERO
    else if (byte === CR && place > first) {
      if (place + 1 >= bytes.length) return MORE
      if (bytes[place + 1] !== LF) break
      lineEnd = place + 2
      return isNegative ? -number : number
    } else break
    if (place + 1 === bytes.length) return MORE
  }
  if (first >= bytes.length) return MORE
  throw new RespError('invalid length')
}
