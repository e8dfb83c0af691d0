/** Queries that were read lately: a chart asks the same thing again and again, and reading is as dear as sending. Bounded. */
import type { AnyQuery } from './endpoint.ts'
import type { SomeQueryEndpoint } from './list.ts'

const MOST = 500
const MOST_CHARS = 1000

export interface ReadQuery {
  readonly query: AnyQuery
  readonly key: string
  /** As {@link FromCells.keptKey}; null where nothing is kept. */
  readonly keptKey: string | null
}

/** Oldest first. */
const known = new Map<string, ReadQuery>()

/** What a query string says. Throws ProblemError, as often as it is asked. */
export function readQuery(endpoint: SomeQueryEndpoint, raw: string): ReadQuery {
  const text = `${endpoint.name}?${raw}`
  const had = known.get(text)
  if (had !== undefined) return had
  const query = endpoint.read(raw)
  const { execution } = endpoint
  const read = Object.freeze({
    query: Object.freeze(query),
    key: endpoint.key(query),
    keptKey: execution.cost === 'computed' ? execution.keptKey(query) : null,
  })
  if (text.length > MOST_CHARS) return read
  known.set(text, read)
  if (known.size > MOST) known.delete(known.keys().next().value!)
  return read
}
