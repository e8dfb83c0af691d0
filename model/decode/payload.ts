/** A record's bytes to the text of its JSON: what a schema registry put before it, and a byte order mark, taken off. */
import { isUtf8 } from 'node:buffer'
import type { Framing } from '../definition.ts'
import { isJson } from './json.ts'

/** Magic byte and length of what stands before the payload. */
const FRAMES: Readonly<
  Record<Framing, { readonly magic: number; readonly bytes: number; readonly what: string }>
> = {
  confluent: { magic: 0, bytes: 5, what: 'five bytes of a schema registry' },
  apicurio: { magic: 0, bytes: 9, what: 'nine bytes of a schema registry' },
  glue: { magic: 3, bytes: 18, what: '18 bytes of a schema registry' },
}
const FRAMINGS = Object.keys(FRAMES) as Framing[]
const GLUE_ZLIB = 5
const ZLIB = 0x78
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const SPACE = 0x20
const JSON_SPACE = [0x09, 0x0a, 0x0d]
const OPEN_OBJECT = 0x7b
const OPEN_ARRAY = 0x5b
const RECORD_MARK = 0x1e
const MOST_STRAY = 32

/** The first byte of a frame, and how many bytes stand before the payload. */
export const frameOf = (framed: Framing): { readonly magic: number; readonly bytes: number } => FRAMES[framed]

/** Without the frame that the source is told of; no JSON begins with its first byte, so bare JSON passes as it is. */
export function compileUnframe(framed: Framing | undefined): (bytes: Buffer) => Buffer {
  if (framed === undefined) return (bytes) => bytes
  const { magic, bytes: length } = FRAMES[framed]
  return (bytes) => (bytes[0] === magic && bytes.length >= length ? bytes.subarray(length) : bytes)
}

/** The text, or null where it is not UTF-8. */
export function textOfPayload(payload: Buffer): string | null {
  return isUtf8(payload) ? withoutMark(payload).toString('utf8') : null
}

/** Without a byte order mark. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

/** What bytes that are no JSON seem to be, and what to do about it; null where nobody knows. */
export function guessOf(value: Buffer, framed: Framing | undefined): string | null {
  const payload = compileUnframe(framed)(value)
  const isOfGlue = value[0] === FRAMES.glue.magic && value[1] === GLUE_ZLIB
  if (payload !== value && !isOfGlue) {
    const inside = guessOfCompression(payload)
    if (inside !== null) return `behind the ${FRAMES[framed!].what}: ${inside}`
    // JSON that is broken, if anything; what Avro or Protobuf begin with is no bracket.
    if (isOpening(payload[0])) return guessOfText(payload.toString('utf8'))
  }
  const found = FRAMINGS.find((framing) => {
    const { magic, bytes } = FRAMES[framing]
    return framing !== framed && value[0] === magic && opensAt(value, bytes)
  })
  if (found !== undefined)
    return `${FRAMES[found].what} before JSON; say  framed: ${found}  for this source in the definition`
  if (isOfGlue)
    return 'it is compressed behind the bytes of a Glue schema registry; turn compression off in its serializer'
  const stray = strayBytes(value)
  if (stray !== null) return stray
  if (value[0] === 0 && value.length > 5)
    return 'it begins like Avro or Protobuf behind the bytes of a schema registry; Tidemark reads JSON'
  const compressed = guessOfCompression(value)
  if (compressed !== null) return compressed
  if (value[1] === 0 && isOpening(value[0])) return 'it is UTF-16; send UTF-8'
  if ((value[0] === 0xff && value[1] === 0xfe) || (value[0] === 0xfe && value[1] === 0xff))
    return 'it is UTF-16; send UTF-8'
  if (framed !== undefined && value[0] === FRAMES[framed].magic && value.length <= FRAMES[framed].bytes)
    return `there is nothing behind the ${FRAMES[framed].what}`
  if (value[0]! < SPACE && !JSON_SPACE.includes(value[0]!))
    return `its first byte is 0x${value[0]!.toString(16).padStart(2, '0')}, with which neither JSON begins nor what a schema registry puts before it (confluent and apicurio 0x00, glue 0x03)`
  return guessOfText(value.toString('utf8'))
}

function guessOfCompression(value: Buffer): string | null {
  if (value[0] === 0x1f && value[1] === 0x8b)
    return 'it is a gzip file; let Kafka compress the batches instead'
  if (value.length > 3 && ZSTD.equals(value.subarray(0, 4)))
    return 'it is compressed with zstd; let Kafka compress the batches instead'
  if (value[0] === ZLIB && value.length > 1 && value.readUInt16BE(0) % 31 === 0)
    return 'it begins like zlib (deflate); let Kafka compress the batches instead'
  return null
}

/** Writers that are nearly JSON. */
function guessOfText(text: string): string | null {
  const literal = /[:,[]\s*(-?(?:NaN|Infinity)|None|True|False|undefined)\s*[,\]}]/.exec(text)?.[1]
  if (literal !== undefined) return `${literal} is not JSON; send null, true, false or a number`
  if (/^\s*[[{]+\s*'/.test(text)) return 'its names are in single quotes; JSON has double ones'
  if (/^\s*[[{]+\s*[A-Za-z_$]/.test(text)) return 'its names are without quotes; JSON has double ones'
  if (/\0\s*$/.test(text)) return 'it ends with a NUL, which is not part of a text: send one byte less'
  if (/,\s*[}\]]\s*$/.test(text)) return 'a comma stands before its last bracket'
  if (/^\s*(?:\/\/|\/\*)|[}\],]\s*(?:\/\/|\/\*)[^"]*$/.test(text))
    return 'it has a comment, which JSON has not'
  if (/^\s*</.test(text)) return 'it begins like XML; Tidemark reads JSON'
  return null
}

/** JSON begins there, or behind a byte order mark and white space. */
function opensAt(value: Buffer, from: number): boolean {
  let at = from + value.subarray(from).length - withoutMark(value.subarray(from)).length
  while (value[at] === SPACE || JSON_SPACE.includes(value[at]!)) at++
  return isOpening(value[at])
}

/** What stands before JSON that is whole: a length, a mark, a word of a log. */
function strayBytes(value: Buffer): string | null {
  for (let at = 1; at <= MOST_STRAY; at++) {
    if (!isOpening(value[at]) || !isJson(value.toString('utf8', at))) continue
    if (at === 1 && value[0] === RECORD_MARK)
      return 'it is a JSON text sequence (RFC 7464); say  rows: lines  for this source in the definition'
    const before = value.subarray(0, at)
    const isText = before.every((byte) => byte >= SPACE && byte < 0x7f)
    const shown = isText ? JSON.stringify(before.toString('latin1')) : `0x${before.toString('hex')}`
    return `${at === 1 ? 'a byte stands' : `${at} bytes stand`} before the JSON, no frame of a schema registry (${shown}); send the JSON alone`
  }
  return null
}

const isOpening = (byte: number | undefined): boolean => byte === OPEN_OBJECT || byte === OPEN_ARRAY
