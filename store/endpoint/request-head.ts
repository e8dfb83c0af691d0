/** The beginning of a command: its name, and the words behind it that decide what it is. The rest of its bytes is nobody's business here. */
import { RespError } from './resp-walk.ts'

export interface RequestHead {
  /** In lower case; '' where it is longer than any name is. */
  readonly name: string
  /** The word behind the name, in lower case; '' where there is none or it is long. */
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

const [LF, STAR, DOLLAR] = [10, 42, 36]
/** As engines have it. */
const INLINE_BYTES_MAX = 64 * 1024
const WORDS_MAX = 2 ** 31 - 1
const NAME_BYTES_MAX = 64
const LINE_BYTES_MAX = 32

/** null = the bytes end before it is known. Throws {@link RespError}. */
export function readHead(bytes: Buffer, at: number, bulkBytesMax: number): RequestHead | null {
  if (at >= bytes.length) return null
  if (bytes[at] !== STAR) return readInline(bytes, at)
  const counted = readLine(bytes, at)
  if (counted === null) return null
  const words = counted.number
  if (words > WORDS_MAX) throw new RespError('invalid multibulk length')
  if (words <= 0) return { name: '', word: '', word2: '', words: 0, isInline: false, bytes: counted.end - at }
  const texts: string[] = []
  let place = counted.end
  for (let i = 0; i < Math.min(words, 3); i++) {
    const length = readLine(bytes, place)
    if (length === null) return null
    if (bytes[place] !== DOLLAR) throw new RespError("expected '$'")
    if (length.number < 0 || length.number > bulkBytesMax) throw new RespError('invalid bulk length')
    // What is longer than any name need not be here yet, and neither must what is behind it.
    if (length.number > NAME_BYTES_MAX) break
    if (length.end + length.number + 2 > bytes.length) return null
    texts.push(bytes.toString('latin1', length.end, length.end + length.number).toLowerCase())
    place = length.end + length.number + 2
  }
  const [name = '', word = '', word2 = ''] = texts
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

function readLine(bytes: Buffer, at: number): { number: number; end: number } | null {
  const end = bytes.indexOf(LF, at)
  if (end < 0 || end - at > LINE_BYTES_MAX) {
    if (bytes.length - at > LINE_BYTES_MAX) throw new RespError('invalid length')
    return null
  }
  const text = bytes.toString('latin1', at + 1, end - 1)
  if (!/^-?\d{1,15}$/.test(text)) throw new RespError('invalid length')
  return { number: Number(text), end: end + 1 }
}
