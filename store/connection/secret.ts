/** User and password of a store, as they are at the moment that a connection begins. */
import type { StoreAccess } from './access.ts'
import type { StoreAddress } from './address.ts'

/** A shorter password is found in any text. */
const LEAST_SECRET = 3
const NAMES = ['username', 'password', 'sentinelUsername', 'sentinelPassword'] as const

/** As the client library calls them. */
type Login = { [name in (typeof NAMES)[number]]?: string }

export class Secret {
  readonly #user: string | undefined
  readonly #ask: () => string | undefined
  readonly #sentinel: Pick<StoreAccess, 'sentinelUser' | 'sentinelPassword'>
  #password: string | undefined
  #sentinelPassword: string | undefined

  constructor(address: StoreAddress, access: StoreAccess) {
    this.#user = access.user ?? address.user
    this.#ask = access.password ?? (() => address.password)
    this.#password = this.#ask()
    this.#sentinel = access
    this.#sentinelPassword = access.sentinelPassword?.()
  }

  current(): Login {
    try {
      this.#password = this.#ask()
      this.#sentinelPassword = this.#sentinel.sentinelPassword?.()
    } catch {
      // a file that is just being replaced: the next connection asks again
    }
    return {
      ...(this.#user !== undefined && { username: this.#user }),
      ...(this.#password !== undefined || this.#user !== undefined ? { password: this.#password ?? '' } : {}),
      ...(this.#sentinel.sentinelUser !== undefined && { sentinelUsername: this.#sentinel.sentinelUser }),
      ...(this.#sentinelPassword !== undefined && { sentinelPassword: this.#sentinelPassword }),
    }
  }

  /** From now on the settings of a connection hold what is right when they are read: each time that it begins, and when others are made like it. */
  giveTo(settings: object): void {
    const known = this.current()
    for (const name of NAMES)
      if (known[name] !== undefined)
        Object.defineProperty(settings, name, {
          configurable: true,
          enumerable: true,
          get: () => this.current()[name],
        })
  }

  /** An error without the password in its text, whoever put it there. */
  scrub(error: unknown): unknown {
    if (!(error instanceof Error)) return error
    for (const secret of [this.#password ?? '', this.#sentinelPassword ?? ''])
      if (secret.length >= LEAST_SECRET)
        for (const text of [secret, encodeURIComponent(secret)])
          if (error.message.includes(text)) error.message = error.message.replaceAll(text, '***')
    return error
  }
}
