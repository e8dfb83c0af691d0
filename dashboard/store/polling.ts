/** `/v1/store`, asked for every two seconds while somebody can see it. */
import { signal } from '@preact/signals'
import { api } from '../state/api.ts'
import { faultWords } from '../state/fault-words.ts'
import { pollWhileSeen } from '../state/polling.ts'
import type { StoreAnswer } from '../../query-api/wire.ts'

const EVERY_MS = 2000
/** More than the API gives the store. */
const PATIENCE_MS = 5000

export const store = signal<StoreAnswer | null>(null)
/** Why there is no newer answer; null = there is none. */
export const fault = signal<string | null>(null)
/** Monotonic ms of the last answer. */
export const polledMs = signal(0)

async function poll(): Promise<void> {
  try {
    store.value = await api.state('store', { patienceMs: PATIENCE_MS })
    polledMs.value = performance.now()
    fault.value = null
  } catch (error) {
    fault.value = faultWords(error)
  }
}

/** Returns how to stop. */
export const beginPolling = (isStill: () => boolean): (() => void) => pollWhileSeen(poll, EVERY_MS, isStill)
