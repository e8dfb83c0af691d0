/** `/v1/status`, asked for once a second while somebody can see it. */
import { signal } from '@preact/signals'
import type { StatusAnswer } from '../../query-api/wire.ts'
import { api } from '../state/api.ts'
import { noteSpent } from '../state/budgets.ts'
import { faultWords } from '../state/fault-words.ts'
import { pollWhileSeen } from '../state/polling.ts'
import { traced, type Trace } from './partition-state.ts'

/** A store that hangs keeps the API waiting for longer: the reader is told before. */
const PATIENCE_MS = 3000

export const status = signal<StatusAnswer | null>(null)
export const fault = signal<string | null>(null)
/** Monotonic ms of the last answer. */
export const polledMs = signal(0)
export const traces = signal<ReadonlyMap<string, Trace>>(new Map())

async function poll(): Promise<void> {
  try {
    const answer = await api.state('status', { patienceMs: PATIENCE_MS })
    traces.value = new Map(
      answer.sources.flatMap(({ source, partitions }) =>
        partitions.map(
          (one) =>
            [
              `${source}/${one.partition}`,
              traced(traces.peek().get(`${source}/${one.partition}`), one, answer.nowMs),
            ] as const,
        ),
      ),
    )
    status.value = answer
    noteSpent(answer)
    polledMs.value = performance.now()
    fault.value = null
  } catch (error) {
    fault.value = faultWords(error)
  }
}

/** Asks each second while somebody can see it; returns how to stop. */
export const beginPolling = (isStill: () => boolean): (() => void) => pollWhileSeen(poll, 1000, isStill)
