import type { ErrorName } from '../protocol/errors.ts'
import type { BatchHeader } from '../protocol/record-batch.ts'

/** Batches of one producer that are remembered: idempotent clients have at most this many in flight. */
const REMEMBERED_BATCHES = 5
/** Producers remembered in one partition; beyond it the one silent for longest is forgotten. */
const MAX_PRODUCERS = 10_000
const SEQUENCES = 2 ** 31

interface Remembered {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly appendTimeMs: number
}

interface Producer {
  readonly epoch: number
  readonly recent: readonly Remembered[]
}

export type Verdict =
  | { readonly kind: 'next' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number; readonly appendTimeMs: number }
  | { readonly kind: 'refused'; readonly error: ErrorName }

const NEXT: Verdict = { kind: 'next' }
const refused = (error: ErrorName): Verdict => ({ kind: 'refused', error })

/**
 * What each idempotent producer wrote last to one partition, so that a retried send is recognised. Filled from the log at
 * start and from every append, so it needs no storage of its own.
 */
export class Producers {
  readonly #byId = new Map<number, Producer>()

  /** Is this batch the producer's next one, one it sent before, or out of turn? */
  judge(batch: BatchHeader): Verdict {
    if (batch.producerId < 0) return NEXT
    const producer = this.#byId.get(batch.producerId)
    // Unknown = new, or its records were deleted since: whatever it says is its beginning.
    if (producer === undefined) return NEXT
    if (batch.producerEpoch < producer.epoch) return refused('INVALID_PRODUCER_EPOCH')
    if (batch.producerEpoch > producer.epoch)
      return batch.firstSequence === 0 ? NEXT : refused('OUT_OF_ORDER_SEQUENCE_NUMBER')
    const last = lastSequenceOf(batch)
    const same = producer.recent.find(
      (b) => b.firstSequence === batch.firstSequence && b.lastSequence === last,
    )
    if (same !== undefined)
      return { kind: 'duplicate', baseOffset: same.baseOffset, appendTimeMs: same.appendTimeMs }
    const expected = (producer.recent.at(-1)!.lastSequence + 1) % SEQUENCES
    // What is not the next is out of order, whichever side it lies on: "duplicate" would tell a client that it was written.
    return batch.firstSequence === expected ? NEXT : refused('OUT_OF_ORDER_SEQUENCE_NUMBER')
  }

  /** Notes a batch that has its place in the log. Answers how to take the note back, should the write fail. */
  note(batch: BatchHeader, baseOffset: number, appendTimeMs: number): () => void {
    const id = batch.producerId
    if (id < 0) return () => {}
    const before = this.#byId.get(id)
    const recent = before?.epoch === batch.producerEpoch ? before.recent.slice(1 - REMEMBERED_BATCHES) : []
    const entry = {
      firstSequence: batch.firstSequence,
      lastSequence: lastSequenceOf(batch),
      baseOffset,
      appendTimeMs,
    }
    this.#byId.delete(id) // a Map keeps the order of insertion: the first is the one silent for longest
    this.#byId.set(id, { epoch: batch.producerEpoch, recent: [...recent, entry] })
    if (this.#byId.size > MAX_PRODUCERS) this.#byId.delete(this.#byId.keys().next().value!)
    return () => {
      if (before === undefined) this.#byId.delete(id)
      else this.#byId.set(id, before)
    }
  }
}

const lastSequenceOf = (batch: BatchHeader): number => (batch.firstSequence + batch.count - 1) % SEQUENCES
