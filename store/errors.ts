/**
 * Everything that can go wrong at the store, and the one question asked of it: is it worth trying again? Only what proves damage is not: a key of
 * another type, a stream that runs ahead, bytes that do not parse. Whatever a server says that is not known here is tried again, and said.
 */
// codes that users see: store codes
const kinds = {
  STORE_UNREACHABLE: { retry: true, says: 'the store did not answer' },
  STORE_UNKNOWN_HOST: { retry: true, says: 'the name of the store is not known to the name service' },
  STORE_TLS: {
    retry: true,
    says: 'TLS with the store failed: it speaks none, or its certificate is not trusted or is for another name',
  },
  STORE_ACCESS: { retry: true, says: 'the store does not take this user and password' },
  STORE_NOT_ALLOWED: {
    retry: true,
    says: 'the user of the store may not do this: give it the rights of docs/store.md',
  },
  STORE_BUSY: { retry: true, says: 'the store is starting, moving or busy' },
  STORE_FULL: {
    retry: true,
    says: 'the store is at maxmemory and refuses writes: give it more memory, or keep less',
  },
  STORE_READ_ONLY: { retry: true, says: 'the store refuses writes: its disk is full or it is a replica' },
  STORE_NO_REPLICAS: { retry: true, says: 'the store refuses writes until enough of its replicas are there' },
  STORE_NO_FUNCTIONS: {
    retry: true,
    says: 'the store lost the functions of Tidemark, and they could not be loaded again',
  },
  STORE_EVICTS: {
    retry: true,
    says: 'the store may drop keys to make room, which makes numbers wrong in silence: set its maxmemory-policy to noeviction',
  },
  STORE_UNSUITABLE: { retry: true, says: 'the store cannot be used' },
  STORE_REFUSED: { retry: true, says: 'the store refused the command' },
  STORE_DAMAGED: { retry: false, says: 'the store holds something that is not ours' },
} as const

export type StoreErrorCode = keyof typeof kinds

/** Those that no second start cures, only another setting of the store. */
const OF_SETTINGS: readonly StoreErrorCode[] = ['STORE_EVICTS', 'STORE_UNSUITABLE']

/** Those that another password, other rights or another certificate cures. */
const OF_ACCESS: readonly StoreErrorCode[] = ['STORE_ACCESS', 'STORE_NOT_ALLOWED', 'STORE_TLS']

/** A key, or a field of one, that holds what is not ours or cannot be read. `field` null = the whole key. */
export interface DamagedKey {
  readonly key: string
  readonly field: string | null
  readonly why: string
}

export class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly retry: boolean
  /** What may be told to whoever asks over the network: no address, no key, no word of the engine. */
  readonly says: string
  /** Where it is known which key is to blame. */
  readonly damage: DamagedKey | null
  constructor(code: StoreErrorCode, detail: string, damage: DamagedKey | null = null) {
    // In brackets: a log hides the word that stands behind "password:".
    super(code === 'STORE_ACCESS' ? `${kinds[code].says} (${detail})` : `${kinds[code].says}: ${detail}`)
    this.name = 'StoreError'
    this.code = code
    this.retry = kinds[code].retry
    this.says = kinds[code].says
    this.damage = damage
  }

  /** The store must be set otherwise before anything can begin. */
  get isSetting(): boolean {
    return OF_SETTINGS.includes(this.code)
  }

  /** The store does not let us in, or not do our work. */
  get isOfAccess(): boolean {
    return OF_ACCESS.includes(this.code)
  }
}

export function damaged(key: string, field: string | null, why: string): StoreError {
  return new StoreError('STORE_DAMAGED', `${key}${field === null ? '' : ` field ${field}`} ${why}`, {
    key,
    field,
    why,
  })
}

/** First word of a server's error reply -> what it means to us. */
const BY_PREFIX: Record<string, StoreErrorCode> = {
  OOM: 'STORE_FULL',
  LOADING: 'STORE_BUSY',
  BUSY: 'STORE_BUSY',
  TRYAGAIN: 'STORE_BUSY',
  CLUSTERDOWN: 'STORE_BUSY',
  MASTERDOWN: 'STORE_BUSY',
  MOVED: 'STORE_BUSY',
  ASK: 'STORE_BUSY',
  MISCONF: 'STORE_READ_ONLY',
  READONLY: 'STORE_READ_ONLY',
  NOREPLICAS: 'STORE_NO_REPLICAS',
  NOAUTH: 'STORE_ACCESS',
  WRONGPASS: 'STORE_ACCESS',
  NOPERM: 'STORE_NOT_ALLOWED',
  DENIED: 'STORE_ACCESS',
  WRONGTYPE: 'STORE_DAMAGED',
}

const TLS_CODE = /^(ERR_(SSL|TLS|OSSL)_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/
/** What the client library says of a command that it did not even send: the reason is the trouble of the connection. */
const NOT_SENT = /enableOfflineQueue|Connection is closed|None of startup nodes|Cluster is ended|isn't ready/i

/**
 * Any failure of a client call as a {@link StoreError}. `connection` is the last trouble of the connection, which tells why a command was never sent.
 * Arguments of a command are never repeated in its text.
 */
export function storeError(cause: unknown, connection: StoreError | null = null): StoreError {
  if (cause instanceof StoreError) return cause
  const inner = innerOf(cause)
  if (inner !== null) return storeError(inner, connection)
  const said = cause instanceof Error ? cause.message : String(cause)
  const text = said.replace(/,? with args beginning with:.*$/s, '')
  if (connection !== null && NOT_SENT.test(text)) return connection
  if (isFunctionMissing(cause)) return new StoreError('STORE_NO_FUNCTIONS', text)
  // A function that failed inside reports its inner error: "OOM command not allowed ... script: tm_apply_..., on @user_function:1."
  const prefix = /^(?:ERR )?([A-Z]{3,})\b/.exec(text)?.[1]
  const ofSentinel = /sentinels are unreachable.*Last error: (NOAUTH|WRONGPASS|NOPERM)/s.exec(text)
  if (ofSentinel !== null) return new StoreError('STORE_ACCESS', `${ofSentinel[1]} of a sentinel`)
  const isReply = cause instanceof Error && cause.name === 'ReplyError'
  if (/engine '?lua'? not found|could not find (the )?(scripting )?engine/i.test(text))
    return new StoreError(
      'STORE_UNSUITABLE',
      'it runs no Lua, in which our functions are written: load its Lua module (loadmodule), or take a build that holds it',
    )
  if (/cluster support disabled/i.test(text))
    return new StoreError('STORE_UNSUITABLE', 'it is no cluster: write redis:// or rediss://')
  if (/DB index is out of range|SELECT is not allowed/i.test(text))
    return new StoreError('STORE_UNSUITABLE', 'it has no database of that number')
  if (prefix !== undefined && BY_PREFIX[prefix] !== undefined) return new StoreError(BY_PREFIX[prefix], text)
  if (isReply)
    return new StoreError(
      /can't (access at least one of the keys|run this command)|has no permissions|ACL failure/i.test(text)
        ? 'STORE_NOT_ALLOWED'
        : // Who has not logged in may send short commands only: our own password is longer than one may be.
          /unauthenticated (multi)?bulk length/i.test(text)
          ? 'STORE_ACCESS'
          : 'STORE_REFUSED',
      text,
    )
  const code = codeOf(cause)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new StoreError('STORE_UNKNOWN_HOST', code)
  if (TLS_CODE.test(code)) return new StoreError('STORE_TLS', code)
  return new StoreError('STORE_UNREACHABLE', text)
}

/** The client library knows no more than that there is no connection. */
export function isWithoutReason(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  const inner = innerOf(cause)
  return inner === null
    ? NOT_SENT.test(cause.message) || /refresh slots cache/i.test(cause.message)
    : isWithoutReason(inner)
}

/** A cluster wraps what a node said. */
function innerOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return null
  const { lastNodeError, previousErrors } = cause as {
    lastNodeError?: unknown
    previousErrors?: readonly unknown[]
  }
  return lastNodeError ?? previousErrors?.find((error) => error instanceof Error) ?? null
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : ''
  return typeof code === 'string' ? code : ''
}

export function isFunctionMissing(cause: unknown): boolean {
  return cause instanceof Error && /Function not found/i.test(cause.message)
}

/** A cluster moves the slot of the key, or has moved it. */
export function isRedirection(cause: unknown): boolean {
  return cause instanceof Error && /^(MOVED|ASK|TRYAGAIN)\b/.test(cause.message)
}
