/**
 * Live queries of one source that are due at about the same time are answered in one look: each partition is read once for all of them,
 * and what is on a page stands at one vector. What is asked while a look goes on shares the next.
 */
import { answerSideBySide, type PreparedQuery } from './one-snapshot.ts'
import { ProblemError } from '../../problem.ts'
import type { OpenSource } from '../../sources/sources.ts'

interface Waiter {
  readonly prepared: PreparedQuery<unknown>
  readonly answered: (answer: unknown) => void
  readonly failed: (error: unknown) => void
}

export interface RoundsOptions {
  /** Throws ProblemError, StoreError. */
  readonly open: (source: string) => Promise<OpenSource>
  readonly now: () => number
}

export class Rounds {
  readonly #options: RoundsOptions
  /** By source: those of the next look; a source whose look goes on has an entry. */
  readonly #waiting = new Map<string, Waiter[]>()

  constructor(options: RoundsOptions) {
    this.#options = options
  }

  /** Rejects with a ProblemError or StoreError. */
  answer<A>(source: string, prepared: PreparedQuery<A>): Promise<A> {
    return new Promise((answered, failed) => {
      const waiter = { prepared, answered: answered as Waiter['answered'], failed }
      const waiting = this.#waiting.get(source)
      if (waiting !== undefined) waiting.push(waiter)
      else {
        this.#waiting.set(source, [waiter])
        setImmediate(() => void this.#run(source)) // what is due in the same turn comes along
      }
    })
  }

  async #run(source: string): Promise<void> {
    for (;;) {
      const round = this.#waiting.get(source)!
      if (round.length === 0) break
      this.#waiting.set(source, [])
      await this.#look(source, round)
    }
    this.#waiting.delete(source)
  }

  async #look(source: string, round: readonly Waiter[]): Promise<void> {
    const { open, now } = this.#options
    try {
      await answerSideBySide(
        await open(source),
        round.map(({ prepared }) => prepared),
        now,
        (at, answer) => {
          const { answered, failed } = round[at]!
          if (answer instanceof ProblemError) failed(answer)
          else answered(answer)
        },
      )
    } catch (error) {
      for (const { failed } of round) failed(error) // those that have their answer do not hear it
    }
  }
}
