/** A query as text: the query string of its endpoint, and that with the endpoint's name before it. Pure. */
import type { ParametersOf } from '../query-api/wire-queries.ts'

export type QueryName = keyof ParametersOf
type Value = string | number | readonly string[] | undefined

/** Given several times where there are several; all else that has several values joins them by commas. */
const REPEATED: ReadonlySet<string> = new Set(['where', 'q'])

export function queryString(parameters: Readonly<Record<string, Value>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return []
    if (typeof value === 'string' || typeof value === 'number') return [[name, String(value)]]
    return REPEATED.has(name) ? value.map((one) => [name, one]) : [[name, value.join(',')]]
  })
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
}

/** As live streams and `POST /v1/query` take it: `series?metric=...`. */
export function queryText<N extends QueryName>(name: N, parameters: ParametersOf[N]): string {
  return `${name}?${queryString(parameters)}`
}
