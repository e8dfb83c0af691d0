/** A few computations at a time; the others wait their turn, in order. What each holds while it works is what memory they all take. */
import { ProblemError } from '../problem.ts'

export const GATE_LIMITS = { running: 8, waiting: 400, waitingAnAddress: 200 } as const

export class Gate {
  readonly #waiting: { address: string; go: () => void }[] = []
  #running = 0

  /** Throws too_busy where too many wait already. */
  async run<T>(address: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= GATE_LIMITS.running) await this.#turn(address)
    else this.#running++
    try {
      return await work()
    } finally {
      // Handed on, not given back: nobody slips in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next.go()
    }
  }

  #turn(address: string): Promise<void> {
    const own = this.#waiting.filter((one) => one.address === address).length
    if (this.#waiting.length >= GATE_LIMITS.waiting || own >= GATE_LIMITS.waitingAnAddress)
      throw new ProblemError(
        'too_busy',
        `${own} questions of this address wait for their answer, ${this.#waiting.length} in all; ${GATE_LIMITS.waitingAnAddress} and ${GATE_LIMITS.waiting} are the limits`,
      )
    return new Promise((go) => this.#waiting.push({ address, go }))
  }
}
