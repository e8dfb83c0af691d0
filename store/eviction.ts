/**
 * Whether the store drops keys to make room, which would make numbers wrong without a word. Asked of every master at every connection and about once a
 * second. A policy other than noeviction closes the store for all but its catalogs; keys that are gone are a loss, and what was counted is counted anew.
 */
import { StoreError } from './errors.ts'
import type { NodeInfo } from './node-info.ts'

const SAFE_POLICY = 'noeviction'

export class EvictionWatch {
  readonly #log: (line: string, level?: 'warn') => void
  #fault: StoreError | null = null
  readonly #evicted = new Map<string, number>()

  constructor(log: (line: string, level?: 'warn') => void) {
    this.#log = log
  }

  /** Why the store must not be used now; null: it keeps all. */
  get fault(): StoreError | null {
    return this.#fault
  }

  /** Run of a server -> keys it has dropped, of every run that was seen to drop any. */
  get losses(): ReadonlyMap<string, number> {
    return this.#evicted
  }

  note(nodes: readonly NodeInfo[]): void {
    for (const { node, runId, evictedKeys } of nodes) {
      if (!(evictedKeys > (this.#evicted.get(runId) ?? 0))) continue
      this.#evicted.set(runId, evictedKeys)
      this.#log(
        `store: ${node} dropped ${evictedKeys} keys to make room: numbers are missing, and are counted again from the log`,
        'warn',
      )
    }
    const unsafe = nodes.find(({ policy }) => policy !== '' && policy !== SAFE_POLICY)
    const before = this.#fault
    this.#fault =
      unsafe === undefined
        ? null
        : new StoreError('STORE_EVICTS', `maxmemory-policy of ${unsafe.node} is ${unsafe.policy}`)
    if (this.#fault && this.#fault.message !== before?.message)
      this.#log(`store: ${this.#fault.message}; nothing is read or written until it is`, 'warn')
    if (before && !this.#fault) this.#log(`store: maxmemory-policy is ${SAFE_POLICY} again`)
  }
}
