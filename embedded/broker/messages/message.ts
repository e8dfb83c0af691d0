import type { Reader, Writer } from '../protocol/codec.ts'

/** One kind of request and its response: its key, the versions spoken (both ends included), and the bytes of each. */
export interface Message<Request, Response> {
  readonly key: number
  readonly name: string
  readonly versions: readonly [min: number, max: number]
  /** The first version of compact lengths and tagged fields (KIP-482); null = none of those spoken here. */
  readonly flexibleFrom: number | null
  decode(reader: Reader, version: number): Request
  encode(writer: Writer, version: number, response: Response): void
}

export const isFlexible = (
  { flexibleFrom }: { readonly flexibleFrom: number | null },
  version: number,
): boolean => flexibleFrom !== null && version >= flexibleFrom

/** The id of no topic. */
export const NO_TOPIC_ID = 'A'.repeat(22)
