/** What keys take in memory, key by key, as the servers measure it. */
import type { Redis } from './client.ts'

export interface Weighed {
  readonly key: string
  readonly bytes: number
}

/** A round over all servers. */
export interface WeighedPage {
  readonly keys: readonly Weighed[]
  /** Those that begin so, weighed or not; keys of any name that were passed, and how many there were when the pass began. */
  readonly own: number
  readonly passed: number
  readonly all: number
}

/** A round trip each: short enough that nobody waits behind it. */
const KEYS = 500

/**
 * All keys that begin so, on all masters side by side; the next round is asked for when it is taken. Keys that go meanwhile, and those that the user may not ask about, are
 * left out. Throws what a client throws.
 */
export async function* weighKeys(masters: readonly Redis[], prefix: string): AsyncGenerator<WeighedPage> {
  const all = (await Promise.all(masters.map((node) => node.dbsize()))).reduce((sum, keys) => sum + keys, 0)
  let open = masters.map((node) => ({ node, cursor: '0' }))
  while (open.length > 0) {
    const pages = await Promise.all(open.map(({ node, cursor }) => weighPage(node, cursor, prefix)))
    open = open
      .map(({ node }, at) => ({ node, cursor: pages[at]!.next }))
      .filter(({ cursor }) => cursor !== '0')
    const sum = (of: 'own' | 'passed'): number => pages.reduce((found, page) => found + page[of], 0)
    yield { keys: pages.flatMap(({ keys }) => keys), own: sum('own'), passed: sum('passed'), all }
  }
}

async function weighPage(
  node: Redis,
  cursor: string,
  prefix: string,
): Promise<{ next: string; own: number; passed: number; keys: Weighed[] }> {
  const [next, found] = await node.scan(cursor, 'COUNT', KEYS)
  const own = found.filter((key) => key.startsWith(prefix))
  const batch = node.pipeline()
  for (const key of own) batch.call('MEMORY', 'USAGE', key)
  const sizes = own.length === 0 ? [] : ((await batch.exec()) ?? [])
  const keys = own.flatMap((key, at) => {
    const bytes = sizes[at]?.[1]
    return typeof bytes === 'number' ? [{ key, bytes }] : []
  })
  return { next, own: own.length, passed: found.length, keys }
}
