/** Values of RESP3, of those kinds that a store answers reads with. */
import type { ByteReader } from './byte-reader.ts'

export type RespValue = Buffer | string | number | null | RespFault | RespPush | readonly RespValue[]

/** What a command was refused with. */
export class RespFault {
  readonly said: string
  constructor(said: string) {
    this.said = said
  }
}

/** What the server says unasked. */
export class RespPush {
  readonly items: readonly RespValue[]
  constructor(items: readonly RespValue[]) {
    this.items = items
  }
}

const LINE_END_BYTES = 2

/** Throws where the stream ends before the value does, and on what is no such value. */
export async function readValue(reader: ByteReader): Promise<RespValue> {
  const line = await reader.line()
  if (line === null) throw new Error('it closed the connection')
  const [type, said] = [line[0], line.slice(1).trimEnd()]
  switch (type) {
    case '$': {
      const length = Number(said)
      if (length < 0) return null
      const bytes = await reader.take(length + LINE_END_BYTES)
      if (bytes === null) throw new Error('it closed the connection')
      return bytes.subarray(0, length)
    }
    case '*':
      return Number(said) < 0 ? null : readValues(reader, Number(said))
    case '%':
      return readValues(reader, 2 * Number(said))
    case '>':
      return new RespPush(await readValues(reader, Number(said)))
    case ':':
      return Number(said)
    case '+':
      return said
    case '-':
      return new RespFault(said)
    case '_':
      return null
    default:
      throw new Error(`its answer is not understood (${line.slice(0, 20)})`)
  }
}

async function readValues(reader: ByteReader, count: number): Promise<RespValue[]> {
  const values: RespValue[] = []
  for (let n = 0; n < count; n++) values.push(await readValue(reader))
  return values
}

/** Words as a server reads them; keys are the bytes of latin1 text. */
export function encodeCommand(words: readonly string[]): Buffer {
  return Buffer.from(
    `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`,
    'latin1',
  )
}
