/** Everything that can go wrong at the store, and the one question asked of it: is it worth trying again? */
const kinds = {
  STORE_UNREACHABLE: { retry: true, says: 'the store did not answer' },
  STORE_BUSY: { retry: true, says: 'the store is starting or busy' },
  STORE_FULL: { retry: true, says: 'the store is at maxmemory and refuses writes: give it more memory, or keep less' },
  STORE_READ_ONLY: { retry: true, says: 'the store refuses writes: its disk is full or it is a replica' },
  STORE_UNSUITABLE: { retry: false, says: 'the store cannot be used' },
  STORE_REFUSED: { retry: false, says: 'the store refused the command' },
} as const

export type StoreErrorCode = keyof typeof kinds

export class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly retry: boolean
  /** What may be told to whoever asks over the network: no address, no key, no word of the engine. */
  readonly says: string
  constructor(code: StoreErrorCode, detail: string) {
    super(`${kinds[code].says}: ${detail}`)
    this.name = 'StoreError'
    this.code = code
    this.retry = kinds[code].retry
    this.says = kinds[code].says
  }
}

/** First word of a server's error reply -> what it means to us. All else in capitals is a refusal; the rest is the network. */
const BY_PREFIX: Record<string, StoreErrorCode> = {
  OOM: 'STORE_FULL', LOADING: 'STORE_BUSY', BUSY: 'STORE_BUSY', TRYAGAIN: 'STORE_BUSY', CLUSTERDOWN: 'STORE_BUSY', MASTERDOWN: 'STORE_BUSY',
  MISCONF: 'STORE_READ_ONLY', READONLY: 'STORE_READ_ONLY', MOVED: 'STORE_BUSY', ASK: 'STORE_BUSY',
}

/** Any failure of a client call as a {@link StoreError}; arguments are never repeated in its text. */
export function storeError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  // A function that failed inside reports its inner error: "OOM command not allowed ... script: tm_apply_..., on @user_function:1."
  const prefix = /^(?:ERR )?([A-Z]{3,})\b/.exec(text)?.[1]
  if (prefix !== undefined && prefix !== 'ERR') return new StoreError(BY_PREFIX[prefix] ?? 'STORE_REFUSED', text)
  const isReply = cause instanceof Error && cause.name === 'ReplyError'
  return new StoreError(isReply ? 'STORE_REFUSED' : 'STORE_UNREACHABLE', text)
}

export function isFunctionMissing(cause: unknown): boolean {
  return cause instanceof Error && /Function not found/i.test(cause.message)
}
