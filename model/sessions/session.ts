/** One session, and how it lies in the store. */
import { cutValue } from '../dictionary.ts'
import type { ByteReader, ByteWriter } from '../numbers/varint.ts'

/** A text that may be longer is kept as names keep it: cut, with a hash, where it is. */
const MOST_TEXT_BYTES = 180

export interface Session {
  readonly startMs: number
  readonly endMs: number
  readonly events: number
  readonly pages: number
  /** First and last look at a page: when, and at which; of a session without any the times are 0. */
  readonly entryMs: number
  readonly exitMs: number
  readonly entry: string | null
  readonly exit: string | null
  /** Values of its first event, by field that sessions are split by. */
  readonly by: readonly (string | null)[]
  /** By breakdown of the fact, the total first: the id of its name on the UTC day of its start. */
  readonly ids: readonly number[]
}

export const keptText = (text: string | null): string | null =>
  text === null || text.length * 3 <= MOST_TEXT_BYTES ? text : cutValue(text, 1)

/** How many, then of each: z start minus that of the one before, u length, u events, u pages; of one with pages u entry and u exit, both minus start; texts; u ids but the total's. */
export function packSessions(sessions: readonly Session[], out: ByteWriter): void {
  out.natural(sessions.length)
  let beforeMs = 0
  for (const { startMs, endMs, events, pages, entryMs, exitMs, entry, exit, by, ids } of sessions) {
    out.integer(startMs - beforeMs)
    out.natural(endMs - startMs)
    out.natural(events)
    out.natural(pages)
    if (pages > 0) {
      out.natural(entryMs - startMs)
      out.natural(exitMs - startMs)
    }
    for (const text of [entry, exit, ...by]) packText(text, out)
    for (let b = 1; b < ids.length; b++) out.natural(ids[b]!)
    beforeMs = startMs
  }
}

/** Throws RangeError on bytes that are no sessions of so many fields and breakdowns. */
export function unpackSessions(from: ByteReader, fields: number, breakdowns: number): Session[] {
  const natural = (): number => Number(from.natural())
  const sessions: Session[] = []
  let beforeMs = 0
  for (let left = natural(); left > 0; left--) {
    const startMs = beforeMs + Number(from.integer())
    const endMs = startMs + natural()
    const [events, pages] = [natural(), natural()]
    const [entryMs, exitMs] = pages > 0 ? [startMs + natural(), startMs + natural()] : [0, 0]
    const [entry, exit, ...by] = Array.from({ length: 2 + fields }, () => unpackText(from))
    const ids = [1, ...Array.from({ length: breakdowns - 1 }, natural)]
    sessions.push({ startMs, endMs, events, pages, entryMs, exitMs, entry: entry!, exit: exit!, by, ids })
    beforeMs = startMs
  }
  if (sessions.length === 0 || !from.done) throw new RangeError('these are no sessions')
  return sessions
}

/** u 0: none; u 1: its bytes follow, their number first. */
function packText(text: string | null, out: ByteWriter): void {
  out.natural(text === null ? 0 : 1)
  if (text !== null) out.sized(text)
}

function unpackText(from: ByteReader): string | null {
  return from.natural() === 0 ? null : from.sized().toString()
}
