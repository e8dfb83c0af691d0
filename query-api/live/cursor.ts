/**
 * How far a reader of a live stream is, as the `id` of its frames, and back. Opaque to readers: the process that sent it, the number of its
 * frame, which queries the reader has an answer of, and how many records of each source those answers counted. Nobody has to remember
 * it: any process judges it by what it has itself.
 */
import { createHash } from 'node:crypto'

export interface Counted {
  readonly source: string
  readonly generation: number
  /** Offsets counted, of all partitions together. */
  readonly records: number
}

export interface Cursor {
  /** A process of the API, while it runs. */
  readonly instance: string
  readonly frame: number
  /** Of the queries that were answered. */
  readonly told: string
  readonly counted: readonly Counted[]
}

const MAX_CHARS = 2000
const FORM = /^([\w-]{8})\.(\d{1,15})\.([\w-]{8})((?:~[a-z0-9_-]{1,100}:\d{1,15}:\d{1,15})*)$/i

export function writeCursor({ instance, frame, told, counted }: Cursor): string {
  let text = `${instance}.${frame}.${told}`
  for (const { source, generation, records } of counted) text += `~${source}:${generation}:${records}`
  return text.length > MAX_CHARS ? '' : text
}

/** Null where it is none of ours: then the reader gets whole answers. */
export function readCursor(text: string | undefined): Cursor | null {
  const found = text === undefined || text.length > MAX_CHARS ? null : FORM.exec(text)
  if (found === null) return null
  const [, instance, frame, told, counted] = found
  return {
    instance: instance!,
    frame: Number(frame),
    told: told!,
    counted: counted!
      .split('~')
      .slice(1)
      .map((one) => one.split(':'))
      .map(([source, generation, records]) => ({
        source: source!,
        generation: Number(generation),
        records: Number(records),
      })),
  }
}

/** Of queries, wherever in a stream they are. */
export function toldOf(keys: Iterable<string>): string {
  return createHash('sha256')
    .update(JSON.stringify([...new Set(keys)].sort()))
    .digest('base64url')
    .slice(0, 8)
}
