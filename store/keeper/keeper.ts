/**
 * Upkeep by one process at a time. Any process may be it: each asks for the lease again and again, and one that is gone is replaced once its lease has run out.
 * A duty that fails is said and tried again; while one runs, the lease is kept.
 */
import type { Store } from '../connection/connection.ts'
import { giveLeaseBack, takeLease } from '../calls/lease.ts'

export interface Duty {
  readonly name: string
  /** From the end of one run to the next. */
  readonly everyMs: number
  /** `stop`: the lease is lost, or the process ends. */
  run(stop: AbortSignal): Promise<void>
}

export interface KeeperOptions {
  readonly store: Store
  /** Of the lease: processes that can do the same duties ask for the same one. */
  readonly lease: string
  /** Unlike that of any other process. */
  readonly holder: string
  readonly duties: readonly Duty[]
  readonly log: (line: string, level?: 'warn') => void
  readonly askEveryMs?: number
  readonly leaseMs?: number
}

export interface Keeper {
  readonly isHolder: boolean
  /** Ends what runs, and gives the lease back. */
  stop(): Promise<void>
}

const ASK_EVERY_MS = 2000
const LEASE_MS = 7000
/** A dead keeper is replaced within this. */
export const REPLACED_WITHIN_MS = ASK_EVERY_MS + LEASE_MS

export function startKeeper(options: KeeperOptions): Keeper {
  const { store, lease, holder, duties, log, askEveryMs = ASK_EVERY_MS, leaseMs = LEASE_MS } = options
  /** Of this term; null = another process is the keeper, as far as is known. */
  let term: AbortController | null = null
  let heldUntilMs = 0
  const running = new Map<Duty, Promise<void>>()
  const dueMs = new Map<Duty, number>()
  const troubles = new Map<Duty, string>()

  async function ask(): Promise<void> {
    const askedMs = performance.now()
    const has = await takeLease(store, lease, holder, leaseMs).catch(() => null)
    const nowMs = performance.now()
    if (has === true) heldUntilMs = askedMs + leaseMs
    // A store that does not answer says nothing: until the lease has run out by our own clock, nobody else can have it.
    const holds = nowMs < heldUntilMs && has !== false
    if (!holds && term !== null) {
      term.abort()
      term = null
      log(`keeper: another process does the ${lease} of the store from now on`)
    }
    if (has === true && term === null) {
      term = new AbortController()
      log(`keeper: this process does the ${lease} of the store`)
    }
    if (term !== null) for (const duty of duties) begin(duty, term.signal)
  }

  function begin(duty: Duty, stop: AbortSignal): void {
    if (running.has(duty) || performance.now() < (dueMs.get(duty) ?? 0)) return
    const run = duty
      .run(stop)
      .then(
        () => troubles.delete(duty),
        (error: unknown) => {
          const text = error instanceof Error ? error.message : String(error)
          if (troubles.get(duty) !== text) log(`keeper: ${duty.name}: ${text}; it is tried again`, 'warn')
          troubles.set(duty, text)
        },
      )
      .then(() => {
        running.delete(duty)
        dueMs.set(duty, performance.now() + duty.everyMs)
      })
    running.set(duty, run)
  }

  let asking: Promise<void> | null = null
  const askOnce = (): void => {
    asking ??= ask().finally(() => (asking = null))
  }
  askOnce()
  const timer = setInterval(askOnce, askEveryMs)
  timer.unref()
  return {
    get isHolder() {
      return term !== null
    },
    async stop() {
      clearInterval(timer)
      await asking
      const wasHolder = term !== null
      term?.abort()
      await Promise.all(running.values())
      term = null
      if (wasHolder) await giveLeaseBack(store, lease, holder).catch(() => {}) // it runs out by itself
    },
  }
}
