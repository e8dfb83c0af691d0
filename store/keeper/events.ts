/** What happened to the store: acts of people and of the keeper, backups, failovers. The newest thousand, in the order of the store's clock. */
import type { Store } from '../connection/connection.ts'
import { StoreError } from '../errors.ts'
import { EVENTS_KEY } from '../keeper-keys.ts'

const KEPT = 1000
const MOST_TEXT = 1000

export const EVENT_KINDS = ['act', 'backup', 'backup failed', 'memory', 'node', 'keeper', 'numbers'] as const
export type StoreEventKind = (typeof EVENT_KINDS)[number]

/** How an event tells of a node that leads now and did not before: behind its name. */
export const BECAME_PRIMARY = 'is a primary of the store now'

export interface StoreEvent {
  /** Of the stream: time of the store in ms, a dash, a number. */
  readonly id: string
  readonly atMs: number
  readonly kind: string
  readonly text: string
  /** Who: a process, or a user at a machine. */
  readonly by: string
}

/** Throws StoreError. */
export async function addEvent(
  store: Pick<Store, 'pipeline'>,
  { kind, text, by }: { kind: StoreEventKind; text: string; by: string },
): Promise<void> {
  await store.pipeline([
    ['XADD', EVENTS_KEY, 'MAXLEN', '~', KEPT, '*', 'kind', kind, 'text', text.slice(0, MOST_TEXT), 'by', by],
  ])
}

/** Newest first; none where the key holds something else. */
export async function newestEvents(store: Pick<Store, 'each'>, count: number): Promise<StoreEvent[]> {
  const [entries] = await store.each([['XREVRANGE', EVENTS_KEY, '+', '-', 'COUNT', count]])
  if (entries instanceof StoreError && entries.retry) throw entries
  return Array.isArray(entries) ? (entries as RawEntry[]).map(eventOf) : []
}

/** Oldest first, behind `id`. */
export async function eventsAfter(
  store: Pick<Store, 'pipeline'>,
  id: string,
  count: number,
): Promise<StoreEvent[]> {
  const [entries] = (await store.pipeline([['XRANGE', EVENTS_KEY, `(${id}`, '+', 'COUNT', count]])) as [
    RawEntry[],
  ]
  return entries.map(eventOf)
}

type RawEntry = readonly [id: Buffer, flat: readonly Buffer[]]

function eventOf([rawId, flat]: RawEntry): StoreEvent {
  const id = rawId.toString()
  const fields = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at]!.toString(), flat[at + 1]!.toString())
  const field = (name: string): string => fields.get(name) ?? ''
  return { id, atMs: Number(id.split('-')[0]), kind: field('kind'), text: field('text'), by: field('by') }
}
