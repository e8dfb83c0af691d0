/**
 * `rejects`: dead letters of a partition, a stream. Id `<offset + 1>-<place>` (0-0 is no id): place 0 is the whole record, or all that one letter stands for;
 * else the row that was refused by itself, from 1.
 */
import type { Argument } from '../connection/connection.ts'
import { readStreamEntry, type StreamEntry } from '../read-feed.ts'
import { numberIn, textIn } from './stream-fields.ts'

/** Older ones go. */
export const REJECTS_LENGTH = 1000
const KEY_BYTES = 256

export interface DeadLetter {
  /** The last one it stands for. */
  readonly offset: number
  readonly place: number
  readonly tsMs: number
  readonly reason: string
  readonly detail: string
  readonly key: Buffer | null
  /** The head of what was refused. */
  readonly raw: Buffer
  /** Of the whole value of the record. */
  readonly bytes: number
  /** Events that went with it. */
  readonly events: number
  /** Offsets that it stands for. */
  readonly count: number
}

export const rejectId = ({ offset, place }: Pick<DeadLetter, 'offset' | 'place'>): string =>
  `${offset + 1}-${place}`

export function rejectFields(letter: DeadLetter): Argument[] {
  const { tsMs, reason, detail, key, raw, bytes, events, count } = letter
  return [
    'ts',
    tsMs,
    'reason',
    reason,
    'detail',
    detail,
    'key',
    key === null ? '' : key.subarray(0, KEY_BYTES),
    'raw',
    raw,
    'bytes',
    bytes,
    'events',
    events,
    ...(count > 1 ? ['count', count] : []),
  ]
}

/** What is absent, or not ours, is empty, 0 or 1. */
export function readReject(entry: StreamEntry): DeadLetter {
  const {
    id: [idOffset, place],
    fields,
  } = readStreamEntry(entry)
  return {
    offset: idOffset - 1,
    place,
    tsMs: numberIn(fields, 'ts'),
    reason: textIn(fields, 'reason') ?? '',
    detail: textIn(fields, 'detail') ?? '',
    key: fields.get('key') ?? null,
    raw: fields.get('raw') ?? Buffer.alloc(0),
    bytes: numberIn(fields, 'bytes'),
    events: numberIn(fields, 'events'),
    count: Math.max(1, numberIn(fields, 'count')),
  }
}
