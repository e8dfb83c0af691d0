/** `last`: the latest values of each entity, a hash: JSON `[entity, value of by]` to JSON `[time in ms, offset, index of the event, value of each field of last.of]`. */

/** A longer one finds no place. */
export const MOST_LAST_FIELD_BYTES = 1024

export type LatestValue = string | number | null

export interface Latest {
  readonly timeMs: number
  readonly offset: number
  readonly index: number
  /** In the order of the definition; what a field of it is missing is null. */
  readonly values: readonly LatestValue[]
}

export const lastField = (entity: string, by: LatestValue): string => JSON.stringify([entity, by])

/** The value of `by` in a field; null where it is absent, or bytes that are not ours. */
export function byOfLastField(field: string): LatestValue {
  const parsed = parse(field)
  const by: unknown = Array.isArray(parsed) ? parsed[1] : null
  return typeof by === 'string' || typeof by === 'number' ? by : null
}

export const lastText = ({ timeMs, offset, index, values }: Latest): string =>
  JSON.stringify([timeMs, offset, index, ...values])

/** Null on bytes that are not ours. */
export function readLatest(bytes: Buffer): Latest | null {
  const parsed = parse(bytes.toString())
  if (!Array.isArray(parsed)) return null
  const [timeMs, offset, index, ...values] = parsed as [unknown, unknown, unknown, ...LatestValue[]]
  if (typeof timeMs !== 'number' || typeof offset !== 'number' || typeof index !== 'number') return null
  return { timeMs, offset, index, values }
}

/** The time alone, without reading the rest; NaN on bytes that are not ours. */
export function timeOfLatest(bytes: Buffer): number {
  return Number(/^\[(-?\d+)/.exec(bytes.toString('latin1'))?.[1])
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
