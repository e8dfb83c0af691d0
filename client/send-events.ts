/** Events to the collector of the API. */
import type { CollectAnswer } from '../query-api/wire.ts'
import { ApiError, bodyOf } from './api-error.ts'
import type { CallOptions, Connection } from './connection.ts'
import { queryString } from './query-text.ts'

export const posted = (value: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

/** One event or several. Throws ApiError only where the request itself is wrong: else each item has its verdict. */
export async function sendEvents(
  connection: Pick<Connection, 'request'>,
  source: string,
  events: unknown,
  options?: CallOptions,
): Promise<CollectAnswer> {
  const response = await connection.request(`/v1/events?${queryString({ source })}`, options, posted(events))
  const body = await bodyOf(response)
  // Of a request whose items are all refused it is the verdicts that are told, by status 400.
  if (typeof body === 'object' && body !== null && 'items' in body) return body as CollectAnswer
  throw new ApiError(response.status, body)
}
