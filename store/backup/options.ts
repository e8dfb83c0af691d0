/** What a backup is made of and from, and what it says on its way. */
import type { StoreAddress } from '../connection/address.ts'
import type { StoreAccess } from '../connection/client.ts'
import type { Store } from '../connection/connection.ts'
import type { BackupKey } from './key.ts'
import type { BackupPlace } from './place.ts'
import type { ScratchSpace } from './scratch.ts'

export type Step = 'copy' | 'keys' | 'archive' | 'rehearse' | 'restore' | 'replay'

/** `total` null = not known. */
export type BackupProgress = (step: Step, done: number, total: number | null) => void

export interface BackupOptions {
  readonly store: Store
  readonly address: StoreAddress
  readonly access: StoreAccess
  readonly place: BackupPlace
  readonly key: BackupKey
  readonly version: string
  readonly scratch: () => Promise<ScratchSpace>
  readonly progress?: BackupProgress
  readonly partBytes?: number
  readonly log?: (line: string) => void
  /** Ends it as soon as it next says how far it is. */
  readonly stop?: AbortSignal
}
