/** A connection to one server of a store, for what is asked of that server and no other. */
import type { StoreNode } from '../connection/address.ts'
import { connect, Redis, type StoreAccess } from '../connection/client.ts'
import { StoreError, storeError } from '../errors.ts'

export interface NodeLink {
  readonly place: StoreNode
  /** Strings come as text. Throws StoreError. */
  ask(...command: readonly [string, ...(string | number)[]]): Promise<unknown>
  close(): void
}

const DEADLINE_MS = 10_000

const hostOf = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** `isTls`: as the address of the store says. Connects when it is first asked. */
export function linkTo(
  place: StoreNode,
  access: StoreAccess,
  isTls = false,
  deadlineMs = DEADLINE_MS,
): NodeLink {
  let trouble: StoreError | null = null
  const client = connect({
    url: `redis${isTls ? 's' : ''}://${hostOf(place.host)}:${place.port}`,
    access,
    deadlineMs,
    offlineQueue: true,
    trouble: (error) => (trouble = error),
    connected: () => (trouble = null),
  })
  if (!(client instanceof Redis)) throw new StoreError('STORE_UNSUITABLE', 'one node is asked, not a cluster')
  return {
    place,
    ask: async (name, ...args) => {
      try {
        return await client.call(name, ...args)
      } catch (cause) {
        throw storeError(cause, trouble)
      }
    },
    close: () => client.disconnect(),
  }
}
