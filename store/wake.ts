/** What apply.lua says on the channel of a partition when a batch was applied. */
export interface Wake {
  /** First offset that is not counted yet. */
  readonly next: number
  /** When it was applied, by the store's clock, ms. */
  readonly appliedMs: number
  /** When the worker read the fetch that brought its newest record, by the store's clock, ms; null = not known. */
  readonly fetchedMs: number | null
  /** Timestamp of its newest record in Kafka, ms; null = there was no record yet. */
  readonly recordMs: number | null
}

/** Null where the message is another's, such as one of an older library: it wakes all the same. */
export function parseWake(message: string): Wake | null {
  const [next, appliedMs, fetchedMs, recordMs] = message
    .split(' ')
    .map((text) => (/^\d{1,16}$/.test(text) ? Number(text) : null))
  if (next == null || appliedMs == null) return null
  return { next, appliedMs, fetchedMs: fetchedMs || null, recordMs: recordMs ?? null }
}
