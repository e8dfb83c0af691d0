/** One restore into a store at a time: two of different backups would leave keys of both. */
import type { Store } from '../connection/connection.ts'
import { giveLeaseBack, leaseHolder, takeLease } from '../calls/lease.ts'
import { BackupError } from './fault.ts'

const LEASE = 'restore'
const RENEW_EVERY_MS = 5000
/** A restore that was killed keeps others waiting so long. */
const LEASE_MS = 20_000

/** `holder`: unlike that of any other process, and tells a person who it is. Throws BackupError where another restore runs, or took over meanwhile. */
export async function alone<T>(store: Store, holder: string, work: () => Promise<T>): Promise<T> {
  if (!(await takeLease(store, LEASE, holder, LEASE_MS)))
    throw new BackupError(
      'NOT_AGREED',
      `another restore into this store is under way (${(await leaseHolder(store, LEASE)) ?? 'it just ended'}): wait for its end, or, where it was killed, ${LEASE_MS / 1000} s; nothing was changed`,
    )
  let isLost = false
  const timer = setInterval(() => {
    takeLease(store, LEASE, holder, LEASE_MS).then(
      (has) => (isLost ||= !has),
      () => {}, // tried again, and what is written to the store fails too
    )
  }, RENEW_EVERY_MS)
  try {
    const done = await work()
    if (isLost)
      throw new BackupError(
        'NOT_RESTORED',
        'another restore into this store began while this one was held up, and the keys of both are in it: restore once more',
      )
    return done
  } finally {
    clearInterval(timer)
    if (!isLost) await giveLeaseBack(store, LEASE, holder).catch(() => {}) // it runs out by itself
  }
}
