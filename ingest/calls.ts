/** The calls of one partition that are on their way to the store: two at the most, in order; and what came back of them. */
import { applyBatch } from '../store/calls/apply.ts'
import { StoreError } from '../store/errors.ts'
import { refusal } from './halt.ts'
import type { PartitionOptions } from './partition-options.ts'
import type { AppliedBatch } from './instrumentation.ts'

const IN_FLIGHT = 2

export class Calls {
  readonly #o: PartitionOptions
  readonly #answered: (appliedNext: number | null) => void
  #inFlight: Promise<void>[] = []
  /** The first refusal or error since {@link forget}: what was sent behind it is refused too. */
  trouble: Error | null = null
  /** Greatest `next` the store has acknowledged; -1 = none yet. */
  acknowledged = -1
  /** Whether somebody listens to this partition, as of its last batch; null = there was none yet. */
  isHeard: boolean | null = null
  /** Kafka timestamp of the last record that was applied, kept while the store is away. */
  lastTsMs: number | null = null

  /** `answered` hears of each: the next offset after it, or null. */
  constructor(options: PartitionOptions, answered: (appliedNext: number | null) => void) {
    this.#o = options
    this.#answered = answered
  }

  get isIdle(): boolean {
    return this.#inFlight.length === 0
  }

  /** Resolves when another one may be sent. */
  async room(): Promise<void> {
    while (this.#inFlight.length >= IN_FLIGHT) await this.#inFlight[0]
  }

  async settle(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
  }

  forget(): void {
    this.trouble = null
    this.#inFlight = []
  }

  /** `request` as {@link ApplyCall.finish} made it. */
  send(request: Buffer, report: Omit<AppliedBatch, 'callMs' | 'storeMs'>): void {
    const { store, keys, applied, refused } = this.#o
    const sentMs = performance.now()
    let appliedNext: number | null = null
    const call = applyBatch(store, keys, request)
      .then(
        (result) => {
          if (result.applied) {
            appliedNext = this.acknowledged = result.next
            this.lastTsMs = report.lastTsMs
            if (report.records > 0) this.isHeard = result.isHeard === true
            applied({ ...report, callMs: performance.now() - sentMs, storeMs: result.tookMs })
          } else {
            refused?.(result.why.split(' ', 1)[0]!)
            this.trouble ??= refusal(result.why, result.next)
          }
        },
        (error: Error) => {
          refused?.(error instanceof StoreError ? error.code : 'OTHER')
          this.trouble ??= error
        },
      )
      .finally(() => {
        this.#inFlight = this.#inFlight.filter((other) => other !== call)
        this.#answered(appliedNext)
      })
    this.#inFlight.push(call)
  }
}
