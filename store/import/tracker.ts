/**
 * Which keys of the source change while it is copied, by its own word: CLIENT TRACKING in broadcasting mode (Redis 6 or newer, one server). Whoever has it reads the
 * whole source once, and from then on what changed.
 */
import { parseStoreAddress } from '../connection/address.ts'
import { openTracked, type TrackedLink } from '../backup/tracked-link.ts'
import type { StoreAccess } from '../connection/client.ts'

export interface Tracker {
  /** Takes what the source has to say by now, so that it need not keep it. */
  listen(): Promise<void>
  /** What changed since the last call, as latin1 text, and everything up to this call is among it; null = it cannot be told any more. */
  changed(): Promise<string[] | null>
  close(): void
}

/** Null where the source does not say it: an old engine, a user without the right, a cluster. */
export async function openTracker(url: string, access: StoreAccess): Promise<Tracker | null> {
  const address = parseStoreAddress(url)
  const [node] = address.nodes
  if (address.isCluster || address.primaryName !== null || node === undefined) return null
  let changed = new Set<string>()
  let isWhole = true
  let link: TrackedLink
  try {
    link = await openTracked({
      address,
      access,
      node,
      prefix: '',
      changed: (key) => changed.add(key),
      flushed: () => (isWhole = false),
    })
  } catch {
    return null
  }
  const listen = async (): Promise<void> => {
    if (!isWhole) return
    try {
      await link.ask([['PING']])
    } catch {
      isWhole = false
    }
  }
  return {
    listen,
    async changed() {
      // A change is told before the answer that follows the next one: asked twice, all of before is known.
      await listen()
      await listen()
      if (!isWhole) return null
      const all = [...changed]
      changed = new Set()
      return all
    },
    close: () => link.close(),
  }
}
