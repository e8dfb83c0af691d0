/** Replies as readers see them: hashes, stream entries, and what a feed entry holds (docs/store.md, "feed"). */
export interface FeedEntry {
  base: number
  next: number
  def: string
  rev: string
  /** See layout/changes.ts. */
  cells: Buffer
}

/** A reply of XRANGE or XREVRANGE: `[id, [field, value, ...]]` with Buffers. */
export type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]]

/** Id and fields of a stream entry. */
export function readStreamEntry([id, fields]: StreamEntry): {
  id: [number, number]
  fields: Map<string, Buffer>
} {
  const [high, low] = id.toString().split('-')
  const named = new Map<string, Buffer>()
  for (let at = 0; at + 1 < fields.length; at += 2) named.set(fields[at]!.toString(), fields[at + 1]!)
  return { id: [Number(high), Number(low)], fields: named }
}

export function readFeedEntry(entry: StreamEntry): FeedEntry {
  const { id, fields } = readStreamEntry(entry)
  const text = (name: string): string => fields.get(name)?.toString() ?? ''
  return {
    base: Number(text('base')),
    next: id[0],
    def: text('def'),
    rev: text('rev'),
    cells: fields.get('cells') ?? Buffer.alloc(0),
  }
}

/** A reply of HGETALL, field by field: a flat array of Buffers. */
export function* readFields(reply: unknown): Generator<[field: string, value: Buffer]> {
  const flat = reply as readonly Buffer[]
  for (let at = 0; at + 1 < flat.length; at += 2) yield [flat[at]!.toString(), flat[at + 1]!]
}
