/** Twin of lua/lease.lua: who of all processes does what one of them must do. */
import type { Store } from '../connection/connection.ts'
import { readFlag } from './lua-replies.ts'

export const leaseKey = (name: string): string => `tm:{keeper}:lease:${name}`

/** Whether `holder` has it now, for the next `forMs`. Throws StoreError: then nobody knows, and nothing is done. */
export async function takeLease(store: Store, name: string, holder: string, forMs: number): Promise<boolean> {
  return readFlag(await store.call('lease', [leaseKey(name)], [holder, forMs]))
}

export async function giveLeaseBack(store: Store, name: string, holder: string): Promise<void> {
  await store.call('lease', [leaseKey(name)], [holder, 0])
}

export async function leaseHolder(store: Pick<Store, 'each'>, name: string): Promise<string | null> {
  const [holder] = await store.each([['GET', leaseKey(name)]])
  return Buffer.isBuffer(holder) ? holder.toString() : null
}
