/**
 * What callers are told of where things are. An API on this very machine tells addresses, which the page writes into commands; one that others can reach tells
 * none: nodes have numbers there, and of events only what names no place and no person.
 */
import type { StoreEvent } from '../../store/keeper/events.ts'

/** May tell all. */
export interface Told {
  /** Of the store, without secrets; null = addresses are not told. */
  readonly address: string | null
}

/** `nodes` in their order. */
export function nodeNames({ address }: Told, nodes: readonly string[]): (node: string) => string {
  if (address !== null) return (node) => node
  const numbers = new Map(nodes.map((node, at) => [node, at + 1]))
  return (node) => (numbers.has(node) ? `node ${numbers.get(node)!}` : 'a node')
}

/** `serve HOST PID` or `USER@HOST`. */
export const processName = ({ address }: Told, by: string): string =>
  address !== null ? by : (/^(serve|ingest) /.exec(by)?.[1] ?? 'an operator')

/** Kinds whose text is ours, but for addresses in it; others hold what people, disks and buckets said. */
const OURS: ReadonlySet<string> = new Set(['node', 'memory', 'keeper'])
const IN_SHORT: Readonly<Record<string, string>> = {
  act: 'an operator acted on the store',
  'backup failed': 'a backup failed',
  numbers: 'the store lost numbers of a source; they are counted again from the log',
}

export function toldEvent(told: Told, event: StoreEvent, nameOf: (node: string) => string): StoreEvent {
  if (told.address !== null) return event
  const text = OURS.has(event.kind)
    ? event.text.replaceAll(/\S+:\d+/g, (node) => nameOf(node))
    : event.kind === 'backup'
      ? backupText(event.text)
      : (IN_SHORT[event.kind] ?? event.kind)
  return { ...event, text, by: processName(told, event.by) }
}

/** `backup NAME in PLACE: 120 keys, ...` without the place. */
function backupText(text: string): string {
  const name = /\d{8}T\d{6}Z-[0-9a-f]{4}/.exec(text)?.[0]
  if (name === undefined) return 'a backup was made or deleted'
  return text.startsWith('deleted') ? `deleted backup ${name}` : `backup ${name} was made`
}
