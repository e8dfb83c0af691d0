/** `pos` as readers see it: see docs/store.md, "pos". */

export interface Position {
  /** First offset folded, and the next to be folded. */
  first: number
  next: number
  /** No data is known from before this time (ms); null before the first event. */
  sinceMs: number | null
  /** Greatest event time counted (ms). */
  logClockMs: number | null
  /** Kafka timestamp of the last applied record (ms). */
  lastTsMs: number | null
  /** The log's end, and when the worker saw it (ms). */
  end: number
  endAtMs: number | null
  def: string
  rev: number
  offsets: { data: number; control: number; aborted: number; compacted: number }
  events: { counted: number; duplicate: number; filtered: number; late: number; rejected: number }
  lateByInterval: Record<string, number>
  /** Differs where two positions do not belong to one history: nothing read under one may be continued under the other. */
  history: string
}

/** Reads the fields of `pos`; null where the partition was never opened. Unreadable numbers count as absent. */
export function readPosition(fields: ReadonlyMap<string, string>): Position | null {
  const number = (name: string): number | null => {
    const value = Number(fields.get(name) ?? Number.NaN)
    return Number.isSafeInteger(value) ? value : null
  }
  const count = (name: string): number => number(name) ?? 0
  const next = number('next')
  if (next === null || next < 0) return null
  const first = count('first')
  const def = fields.get('def') ?? ''
  const rev = count('rev')
  const lateByInterval: Record<string, number> = {}
  for (const name of fields.keys()) if (name.startsWith('late:')) lateByInterval[name.slice(5)] = count(name)
  return {
    first,
    next,
    sinceMs: number('since'),
    logClockMs: number('logClock'),
    lastTsMs: number('lastTs'),
    end: count('end'),
    endAtMs: number('endAt'),
    def,
    rev,
    offsets: { data: count('o:data'), control: count('o:control'), aborted: count('o:aborted'), compacted: count('o:compacted') },
    events: { counted: count('e:counted'), duplicate: count('e:duplicate'), filtered: count('e:filtered'), late: count('e:late'), rejected: count('e:rejected') },
    lateByInterval,
    history: JSON.stringify([def, rev, first, fields.get('cluster'), fields.get('topic')]),
  }
}

/** A reply of HGETALL, field by field: a flat array of Buffers. */
export function* readFields(reply: unknown): Generator<[field: string, value: Buffer]> {
  const flat = reply as readonly Buffer[]
  for (let at = 0; at + 1 < flat.length; at += 2) yield [flat[at]!.toString(), flat[at + 1]!]
}

/** A reply of HGETALL on `pos`. */
export function readPositionReply(reply: unknown): Position | null {
  return readPosition(new Map([...readFields(reply)].map(([field, value]) => [field, value.toString()])))
}
