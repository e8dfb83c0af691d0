/** Sources of facts, filled over the store of this test file: visitors, each keyed by its own name. */
import type { Source } from '../../../model/definition.ts'
import { readDefinition } from '../../../model/definition/file.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, type Sent } from '../fill.ts'

export const MINUTE = 60_000

/** `more`: what it declares beside a count of its events. */
export const factsSource = (
  name: string,
  more: object = {},
  keep: Record<string, string> = { '1m': '2d', '1h': '90d' },
): Source =>
  readDefinition({
    sources: {
      [name]: {
        topic: name,
        key: 'visitor',
        time: 'ts',
        fields: { visitor: 'string?', country: 'string?', path: 'string?' },
        metrics: { views: 'count' },
        ...more,
      },
    },
    keep,
  })[0]!

/** `NOW_MS - minutesAgo`, as a visitor looks at a page. */
export const viewsBefore =
  (nowMs: number) =>
  (minutesAgo: number, visitor: string, path: string, country = 'DE'): Sent => ({
    ts: nowMs - minutesAgo * MINUTE,
    visitor,
    path,
    country,
  })

/** Sends batches to partitions, each a list of events. */
export async function filledFacts(
  source: Source,
  nowMs: number,
  ...partitions: readonly (readonly Sent[])[]
): Promise<{ send: (partition: number, events: readonly Sent[]) => Promise<unknown> }> {
  const filler = new Filler(store, source, Math.max(partitions.length, 1))
  await filler.open()
  const send = (partition: number, events: readonly Sent[]) =>
    filler.applyBatch(partition, events, nowMs, { key: ({ visitor }: Sent) => visitor! })
  for (const [partition, events] of partitions.entries()) if (events.length > 0) await send(partition, events)
  return { send }
}
