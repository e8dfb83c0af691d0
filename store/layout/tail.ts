/** `tail`: recent events of a partition as they came, a stream. Id `<offset + 1>-<index of the event in its record>` (0-0 is no id). */
import type { Argument } from '../connection/connection.ts'
import { readStreamEntry, type StreamEntry } from '../read-feed.ts'
import { numberIn, textIn } from './stream-fields.ts'

/** Older ones go. */
export const TAIL_LENGTH = 256
const MOST_MARK = 64

export interface TailEntry {
  readonly offset: number
  readonly index: number
  /** Of the record in Kafka. */
  readonly tsMs: number
  /** Of the event. */
  readonly atMs: number
  /** JSON, or the head of it. */
  readonly raw: Argument
  /** The mark of who sent it. */
  readonly via: string | null
}

export const tailId = ({ offset, index }: Pick<TailEntry, 'offset' | 'index'>): string =>
  `${offset + 1}-${index}`

export function tailFields({ tsMs, atMs, raw, via }: TailEntry): Argument[] {
  const mark = via === null ? [] : ['via', via.slice(0, MOST_MARK)]
  return ['ts', tsMs, 'at', atMs, 'raw', raw, ...mark]
}

export function readTailEntry(entry: StreamEntry): TailEntry & { readonly raw: string } {
  const {
    id: [idOffset, index],
    fields,
  } = readStreamEntry(entry)
  return {
    offset: idOffset - 1,
    index,
    tsMs: numberIn(fields, 'ts'),
    atMs: numberIn(fields, 'at'),
    raw: textIn(fields, 'raw') ?? '',
    via: textIn(fields, 'via'),
  }
}
