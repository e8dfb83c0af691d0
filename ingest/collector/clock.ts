/** A sender's clock: `sentAt` says what it showed when the request left; how far that is from the arrival is how wrong its event times are. */
import { parseEventTime } from '../../model/time/event-time.ts'
import { CollectError } from './errors.ts'

/** Travel takes time too: a smaller difference is no wrong clock. */
const TRAVEL_MS = 5000

/** What is to be added to times of events, ms; 0 where nothing was said or the clocks agree. Throws CollectError. */
export function clockErrorMs(sentAt: string | undefined, arrivalMs: number): number {
  if (sentAt === undefined) return 0
  const sentMs = parseEventTime(sentAt) ?? parseEventTime(sentAt.replaceAll(' ', '+')) // a form-encoded + of a zone
  if (sentMs === null)
    throw new CollectError(
      'bad_request',
      `sentAt: "${sentAt.slice(0, 40)}" is not a time (milliseconds since 1970, or ISO-8601 with a zone): what the sender's clock shows as it sends`,
    )
  return Math.abs(arrivalMs - sentMs) <= TRAVEL_MS ? 0 : arrivalMs - sentMs
}
