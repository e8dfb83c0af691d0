/** Long work in slices: the event loop has its turn every few milliseconds, whatever the work is as a whole. */
import { setImmediate as turn } from 'node:timers/promises'

const SLICE_MS = 5

let last: Promise<unknown> = Promise.resolve()

/** Resolves in a turn of the loop that nobody else who asked here has: works that go on side by side share no turn. */
export function ownTurn(): Promise<unknown> {
  last = last.then(() => turn())
  return last
}

/** For loops that wait between two of their steps: `if (slice.isOver) await slice.next()`. */
export class Slice {
  #beganMs = performance.now()

  get isOver(): boolean {
    return performance.now() - this.#beganMs > SLICE_MS
  }

  async next(): Promise<void> {
    await ownTurn()
    this.#beganMs = performance.now()
  }
}

/** Runs what yields wherever it may be interrupted; nothing it looks at may change meanwhile. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  const slice = new Slice()
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    if (slice.isOver) await slice.next()
  }
}
