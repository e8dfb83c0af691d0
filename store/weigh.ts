/** What keys take in memory, key by key, as the servers measure it. */
import type { Redis } from './client.ts'

export interface Weighed {
  readonly key: string
  readonly bytes: number
}

/** A round trip each: short enough that nobody waits behind it. */
const KEYS = 1000

/**
 * All keys of a glob, in pages, on one master after the other; a page is asked for when it is taken. Keys that go meanwhile, and those that the user may not ask about, are left
 * out. Throws what a client throws.
 */
export async function* weighKeys(masters: readonly Redis[], pattern: string): AsyncGenerator<Weighed[]> {
  for (const node of masters) {
    let cursor = '0'
    do {
      const [next, keys] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', KEYS)
      cursor = next
      const batch = node.pipeline()
      for (const key of keys) batch.call('MEMORY', 'USAGE', key)
      const sizes = keys.length === 0 ? [] : ((await batch.exec()) ?? [])
      yield keys.flatMap((key, at) => {
        const bytes = sizes[at]?.[1]
        return typeof bytes === 'number' ? [{ key, bytes }] : []
      })
    } while (cursor !== '0')
  }
}
