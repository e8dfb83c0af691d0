import type { Reader, Writer } from '../codec.ts'

/** One kind of request and its response: its key, the versions spoken (both ends included), and the bytes of each. */
export interface Message<Request, Response> {
  readonly key: number
  readonly name: string
  readonly versions: readonly [min: number, max: number]
  decode(reader: Reader, version: number): Request
  encode(writer: Writer, version: number, response: Response): void
}
