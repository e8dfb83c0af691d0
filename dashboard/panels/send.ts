/** Sends an event to the collector; answers what came of it, in words. Loaded when somebody does. */
import { ApiError } from '../../client/api-error.ts'
import { sendEvents } from '../../client/send-events.ts'
import { fixed } from '../format/format.ts'
import { api } from '../state/api.ts'

export async function send(source: string, body: string): Promise<string> {
  try {
    const answer = await sendEvents(api, source, JSON.parse(body))
    const item = answer.items[0]
    return item?.status === 'accepted'
      ? `in the log at ${source}/${item.partition} @${fixed(item.offset, 0)}`
      : `not taken: ${item?.detail ?? 'no verdict came'}`
  } catch (error) {
    if (error instanceof ApiError) return `${error.status}: ${error.message}`
    return `not sent: ${error instanceof Error ? error.message : String(error)}`
  }
}
