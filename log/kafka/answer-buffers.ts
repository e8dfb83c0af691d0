/**
 * Memory of large answers, used again once nobody looks at them any more. Fresh memory is dear: the kernel clears each page of it, one fault at a time, and
 * V8 counts it and collects for it. Whoever does not say that it is done costs what it always did: its answer goes with the garbage.
 */
import type { Lease } from '../log.ts'

const MB = 1024 * 1024
const SMALLEST = 64 * 1024
/** Bytes that lie ready; more than partitions that wait to be folded hold at a time is of no use. */
const MOST_READY = 64 * MB
/** After so long without a large answer the log is not far behind, and the memory is given back. */
const UNUSED_MS = 10_000

export class AnswerBuffers {
  readonly #ready: Buffer[] = []
  #readyBytes = 0
  /** Those in use, for as long as somebody holds them. */
  readonly #out = new WeakMap<ArrayBufferLike, Buffer>()
  #timer: NodeJS.Timeout | null = null

  get readyBytes(): number {
    return this.#readyBytes
  }

  /** Memory for one answer; what it holds is undefined. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes)
    const at = this.#ready.findIndex((one) => one.length === size)
    const whole = at < 0 ? Buffer.allocUnsafeSlow(size) : this.#ready.splice(at, 1)[0]!
    if (at >= 0) this.#readyBytes -= size
    this.#out.set(whole.buffer, whole)
    return whole.subarray(0, bytes)
  }

  /** For an answer that is looked at in so many pieces; undefined where its memory is not from here. */
  lease(answer: Uint8Array, pieces: number): Lease | undefined {
    const whole = this.#out.get(answer.buffer)
    if (whole === undefined || pieces === 0) return undefined
    let left = pieces
    return {
      done: () => {
        if (--left === 0) this.#give(whole)
      },
    }
  }

  #give(whole: Buffer): void {
    if (!this.#out.delete(whole.buffer)) return
    this.#timer ??= setTimeout(() => this.#drop(), UNUSED_MS).unref()
    this.#timer.refresh()
    if (this.#readyBytes + whole.length > MOST_READY) return
    this.#ready.push(whole)
    this.#readyBytes += whole.length
  }

  #drop(): void {
    this.#ready.length = this.#readyBytes = 0
  }
}

/** Sizes by powers of two, so that one answer fits where another was; an eighth more, as an answer goes on to the end of a batch, past what was asked for. */
function sizeFor(bytes: number): number {
  let size = SMALLEST
  while (size + size / 8 < bytes) size *= 2
  return size + size / 8
}

export const answerBuffers = new AnswerBuffers()
