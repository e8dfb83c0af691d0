/** Servers of our own, which read a copy or rehearse a restore and are gone afterwards. */
import { openStore, type Store } from '../connection/connection.ts'
import { BackupError } from './fault.ts'

/** A server for a while; see embedded/scratch-server.ts. */
export interface Scratch {
  readonly url: string
  readonly password: string
  stop(): Promise<void>
}

export interface ScratchSpace {
  /** A folder that only this user can read. */
  readonly folder: string
  /** What {@link start} reads, where it is there. */
  readonly rdb: string
  start(db: number): Promise<Scratch>
  /** Leaves nothing behind. */
  remove(): Promise<void>
}

export async function withScratch<T>(
  space: ScratchSpace,
  db: number,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const server = await space.start(db).catch((error: Error) => {
    throw new BackupError('NOT_COPIED', `the copy could not be read: ${error.message}`)
  })
  const { url, password } = server
  const store = await openStore({ url: `${url}/${db}`, access: { password: () => password } })
  try {
    return await work(store)
  } finally {
    await store.close()
    await server.stop()
  }
}
