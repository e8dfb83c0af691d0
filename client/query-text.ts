/** A query as text: the query string of its endpoint, and that with the endpoint's name before it. Pure. */
import type { ParametersOf } from '../query-api/wire-queries.ts'

export type QueryName = keyof ParametersOf
type Value = string | number | readonly string[] | undefined

/** Given several times where there are several; all else that has several values joins them by commas. */
const REPEATED = /^(where|q)$/

export function queryString(parameters: Readonly<Record<string, Value>>): string {
  return Object.entries(parameters)
    .flatMap(([name, value = []]) =>
      (REPEATED.test(name) || String(value) === '' ? [value].flat() : [String(value)]).map(
        (one) => `${name}=${encodeURIComponent(one)}`,
      ),
    )
    .join('&')
}

/** As live streams and `POST /v1/query` take it: `series?metric=...`. */
export function queryText<N extends QueryName>(name: N, parameters: ParametersOf[N]): string {
  return `${name}?${queryString(parameters)}`
}
