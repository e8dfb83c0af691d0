/** Several executions about one fact, at one vector, with the sample of its entities beside them. */
import type { Wanted } from '../../../store/mirror/mirror-options.ts'
import type { SourceState } from '../../sources/provenance.ts'
import type { Hashes } from '../rows/chunks.ts'
import { EntitySamples } from './entity-samples.ts'
import type { Execution } from '../rows/one-snapshot.ts'
import type { Marks } from '../rows/partition-rows.ts'

export class FactsExecution<X, A> implements Execution<A> {
  readonly #executions: readonly Execution<X>[]
  readonly #samples: EntitySamples
  readonly #sample: readonly string[]
  readonly #bodyOf: (answers: readonly X[], isTwice: boolean) => Generator<void, A>

  /** `bodyOf` takes their answers, in their order, and whether an entity is in two partitions. */
  constructor(
    fact: string,
    executions: readonly Execution<X>[],
    bodyOf: (answers: readonly X[], isTwice: boolean) => Generator<void, A>,
  ) {
    this.#executions = executions
    this.#samples = new EntitySamples(fact)
    this.#sample = [this.#samples.suffix]
    this.#bodyOf = bodyOf
  }

  wanted(partition: number, held: Hashes): Wanted {
    return [this.#sample, ...this.#executions.flatMap((execution) => execution.wanted(partition, held))]
  }

  *fold(partition: number, held: Hashes, marks: Marks): Generator<void> {
    this.#samples.take(partition, held)
    for (const execution of this.#executions) yield* execution.fold(partition, held, marks)
  }

  lose(partition: number): void {
    this.#samples.lose(partition)
    for (const execution of this.#executions) execution.lose(partition)
  }

  *finish(state: SourceState, nowMs: number): Generator<void, A> {
    const answers: X[] = []
    for (const execution of this.#executions) answers.push(yield* execution.finish(state, nowMs))
    return yield* this.#bodyOf(answers, this.#samples.isAnyTwice)
  }
}
