import type { TlsAccess } from './tls-texts.ts'

/** How to get in, beside what stands in the address. Holds secrets: never print it. */
export interface StoreAccess extends TlsAccess {
  readonly user?: string
  /** Asked at every connection; may throw, then the one before is used. */
  readonly password?: () => string
  /** How often a connection that lives logs in again with the password of then. */
  readonly renewMs?: number
  /** Of the sentinels, where they ask for them; asked at every connection like the other. */
  readonly sentinelUser?: string
  readonly sentinelPassword?: () => string
}
