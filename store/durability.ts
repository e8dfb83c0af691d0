/** What a crash of a server may cost, in one word; the words that `tidemark store create` and `store-server` take. */
export const DURABILITIES = ['cache', 'durable', 'strict'] as const
export type Durability = (typeof DURABILITIES)[number]

/** The settings of a server that stand for a word. */
export const durabilitySettings = {
  cache: { appendonly: 'no', appendfsync: 'everysec' },
  durable: { appendonly: 'yes', appendfsync: 'everysec' },
  strict: { appendonly: 'yes', appendfsync: 'always' },
} as const satisfies Record<Durability, { appendonly: string; appendfsync: string }>

/** What a server does, by what it tells; null = not known (a server that may not tell its `appendfsync`). */
export function durabilityOf(aofEnabled: boolean | null, appendfsync: string | null): Durability | null {
  if (aofEnabled === false) return 'cache'
  if (aofEnabled === null || appendfsync === null) return null
  if (appendfsync === 'always') return 'strict'
  return appendfsync === 'everysec' ? 'durable' : null
}
