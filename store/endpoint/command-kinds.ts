/** What a command is to the hold of replies. The engine is asked for its own table, so that modules, new commands and renamed ones are known; what it does not list is a write. */
import type { RequestHead } from './request-head.ts'

export type CommandKind =
  /** Changes nothing that a disk has to keep. */
  | 'read'
  | 'write'
  /** May wait in the engine for something to come. */
  | 'blocking-read'
  | 'blocking-write'
  | 'multi'
  | 'exec'
  | 'discard'
  | 'hello'
  /** Answered once a channel, and changes what may come unasked. */
  | 'subscribe'
  | 'unsubscribe'
  | 'reset'
  | 'quit'
  | 'monitor'
  /** Would take away what the hold stands on. */
  | 'refused'

/** One row of COMMAND: name, arity, flags, first key, last key, step, categories, hints, key rules, subcommands. */
export type CommandRow = readonly [string, number, string[], number, number, number, string[]?, ...unknown[]]

const fixed: Readonly<Record<string, CommandKind>> = {
  multi: 'multi',
  exec: 'exec',
  discard: 'discard',
  hello: 'hello',
  subscribe: 'subscribe',
  psubscribe: 'subscribe',
  ssubscribe: 'subscribe',
  unsubscribe: 'unsubscribe',
  punsubscribe: 'unsubscribe',
  sunsubscribe: 'unsubscribe',
  reset: 'reset',
  quit: 'quit',
  monitor: 'monitor',
  shutdown: 'blocking-read',
  sync: 'refused',
  psync: 'refused',
  replconf: 'refused',
}

/** Have neither flag, and change no key. */
const harmless = new Set(['acl', 'cluster', 'config', 'info', 'memory', 'object', 'time'])
const harmlessParts = new Set([
  'function|dump',
  'function|kill',
  'function|list',
  'function|stats',
  'script|exists',
  'script|kill',
  'script|show',
])
const harmlessCategories = new Set(['@admin', '@connection', '@transaction'])
const SUBCOMMANDS = 9

/** The words behind these decide what they are, as with those that have subcommands. */
const wordy = ['client', 'cluster', 'hello']

export class CommandKinds {
  readonly #kinds = new Map<string, CommandKind>()
  readonly #wordy = new Set(wordy)

  constructor(rows: readonly CommandRow[]) {
    for (const row of rows) {
      this.#add(row)
      const parts = (row[SUBCOMMANDS] ?? []) as CommandRow[]
      for (const part of parts) this.#add(part)
      if (parts.length > 0) this.#wordy.add(row[0].toLowerCase())
    }
    for (const [name, kind] of Object.entries(fixed)) this.#kinds.set(name, kind)
  }

  #add([name, , flags, , , , categories = []]: CommandRow): void {
    const lower = name.toLowerCase()
    const has = (flag: string): boolean => flags.includes(flag)
    const isRead =
      has('readonly') ||
      (!has('write') &&
        (has('admin') ||
          has('pubsub') ||
          lower.endsWith('|help') ||
          categories.some((one) => harmlessCategories.has(one)) ||
          harmlessParts.has(lower) ||
          harmless.has(lower.split('|', 1)[0]!)))
    this.#kinds.set(lower, `${has('blocking') ? 'blocking-' : ''}${isRead ? 'read' : 'write'}`)
  }

  /** Whether the words behind this name decide what it is. */
  readonly isWordy = (name: string): boolean => this.#wordy.has(name)

  kindOf({ name, word, word2 }: RequestHead): CommandKind {
    if (!this.#wordy.has(name)) return this.#kinds.get(name) ?? 'write'
    if (name === 'client' && word === 'reply' && word2 !== 'on') return 'refused'
    if (name === 'cluster' && word === 'syncslots') return 'refused'
    return this.#kinds.get(`${name}|${word}`) ?? this.#kinds.get(name) ?? 'write'
  }
}
