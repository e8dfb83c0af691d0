/** The answer to a request: one verdict an event, in order. What is refused is told no longer than it was sent. */

export type Verdict =
  | { status: 'accepted'; partition: number; offset: number }
  | { status: 'rejected'; reason: string; detail?: string }

export interface CollectAnswer {
  accepted: number
  rejected: number
  items: Verdict[]
  /** How many for each reason, where not every refusal is told whole. */
  reasons?: Record<string, number>
  /** Verdicts that are not told: of a request of which nothing was taken. */
  itemsLeftOut?: number
}

/** Refusals that are told with their detail. */
const DETAILED = 100
/** An answer may have this much, however short the request was. */
const LEAST_BYTES = 2000
/** What stands around the items. */
const AROUND_BYTES = 400

/** `sentBytes`: what the request had on the wire. */
export function answerOf(verdicts: readonly Verdict[], sentBytes: number): CollectAnswer {
  const accepted = verdicts.filter(({ status }) => status === 'accepted').length
  const rejected = verdicts.length - accepted
  const short = shortened(verdicts)
  // Who had something taken must learn of each event what became of it; who had not, need not.
  const items = accepted > 0 ? short : fitting(short, Math.max(sentBytes, LEAST_BYTES) - AROUND_BYTES)
  const isWhole = rejected <= DETAILED && items.length === verdicts.length
  return {
    accepted,
    rejected,
    items,
    ...(!isWhole && { reasons: countsOf(verdicts) }),
    ...(items.length < verdicts.length && { itemsLeftOut: verdicts.length - items.length }),
  }
}

function shortened(verdicts: readonly Verdict[]): Verdict[] {
  let told = 0
  return verdicts.map((one) =>
    one.status === 'accepted' || told++ < DETAILED ? one : { status: one.status, reason: one.reason },
  )
}

function fitting(verdicts: readonly Verdict[], bytes: number): Verdict[] {
  const items: Verdict[] = []
  let left = bytes
  for (const one of verdicts.slice(0, DETAILED)) {
    left -= Buffer.byteLength(JSON.stringify(one)) + 1
    if (left < 0 && items.length > 0) break
    items.push(one)
  }
  return items
}

function countsOf(verdicts: readonly Verdict[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of verdicts)
    if (one.status === 'rejected') counts[one.reason] = (counts[one.reason] ?? 0) + 1
  return counts
}
