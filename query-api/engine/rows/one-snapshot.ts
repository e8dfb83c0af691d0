/** Several queries of one source, answered at one vector: every partition is looked at once, at one moment, for all of them. */
import type { Hashes } from './chunks.ts'
import { damageIn } from '../../sources/damage.ts'
import type { Observation } from '../../sources/partition-observer.ts'
import type { Marks } from './partition-rows.ts'
import { ProblemError } from '../../problem.ts'
import { latestOf, newestOf, type SourceState } from '../../sources/provenance.ts'
import { sourceStateOf, type OpenPartition, type OpenSource } from '../../sources/sources.ts'
import type { Clocks } from '../../language/time.ts'
import type { Wanted } from '../../../store/mirror/mirror-options.ts'
import { inSlices, ownTurn } from '../../../store/mirror/slices.ts'

/** Another execution may touch, or give, less. */
const WORTH_ANOTHER: ReadonlySet<string> = new Set(['too_many_cells', 'answer_too_large'])

/** One way to compute an answer: what it needs of each partition, and what it makes of it. */
export interface Execution<A> {
  /** Suffixes of the hashes that the partition must hold; more of them once its names are there. Throws too_many_cells. */
  wanted(partition: number, held: Hashes): Wanted
  /** Takes in what is held, of which all that `wanted` names is a part; yields wherever it may be interrupted. */
  fold(partition: number, held: Hashes, marks: Marks): Generator<void>
  /** Lets go of all it took in of a partition, which is lost or cannot be read. */
  lose(partition: number): void
  finish(state: SourceState, nowMs: number): Generator<void, A>
}

/** A query that can be answered again and again, one answer at a time. */
export interface PreparedQuery<A> {
  /** The range hangs on the greatest event time seen. */
  readonly usesLatest: boolean
  /** Executions in the order of preference; the later ones are for when the earlier touch too many cells. Throws ProblemError. */
  executions(open: OpenSource, clocks: Clocks): readonly (() => Execution<A>)[]
  /** Cells that it keeps to be faster next time. */
  readonly keptCells: number
  /** Lets go of them. */
  forget(): void
}

/** Answers in the order of `queries`, all at one vector; one that cannot be answered leaves the others. Throws StoreError. */
export async function answerAtOneSnapshot<A>(
  open: OpenSource,
  queries: readonly PreparedQuery<A>[],
  now: () => number,
): Promise<(A | ProblemError)[]> {
  const answers: (A | ProblemError)[] = []
  await answerAll(open, queries, now, true, (at, answer) => (answers[at] = answer))
  return answers
}

/**
 * The same for queries that need not wait for each other: each is heard as soon as its answer is there. Those that need another execution
 * than their first are looked at once more, without the others. Throws StoreError.
 */
export async function answerSideBySide<A>(
  open: OpenSource,
  queries: readonly PreparedQuery<A>[],
  now: () => number,
  answered: (at: number, answer: A | ProblemError) => void,
): Promise<void> {
  await answerAll(open, queries, now, false, answered)
}

export async function answerOne<A>(
  open: OpenSource,
  prepared: PreparedQuery<A>,
  now: () => number,
): Promise<A> {
  const [answer] = await answerAtOneSnapshot(open, [prepared], now)
  if (answer instanceof ProblemError) throw answer
  return answer as A
}

/** A query that has no answer yet. */
interface Pending<A> {
  readonly at: number
  readonly prepared: PreparedQuery<A>
  /** Executions from the present one on. */
  readonly left: readonly (() => Execution<A>)[]
}

async function answerAll<A>(
  open: OpenSource,
  queries: readonly PreparedQuery<A>[],
  now: () => number,
  isOneVector: boolean,
  answered: (at: number, answer: A | ProblemError) => void,
): Promise<void> {
  const hangsOnLatest = queries.some(({ usesLatest }) => usesLatest)
  const clocks = await clocksOf(open, hangsOnLatest, now)
  try {
    let pending = queries.flatMap((prepared, at): Pending<A>[] => {
      const left = caught(() => [...prepared.executions(open, clocks)])
      if (!(left instanceof ProblemError)) return [{ at, prepared, left }]
      prepared.forget()
      answered(at, left)
      return []
    })
    while (pending.length > 0) {
      const { again, went } = await executeAll(open, pending, now, isOneVector, answered)
      // One vector for all: those that went well are asked once more beside those that go on to their next execution.
      if (again.length === 0) for (const { at, answer } of went) answered(at, answer)
      pending = again.length === 0 ? [] : [...again, ...went.map(({ pending }) => pending)]
    }
  } catch (error) {
    for (const prepared of queries) prepared.forget()
    throw error
  }
}

/** An answer that is held back until all have theirs. */
interface Went<A> {
  readonly at: number
  readonly answer: A
  readonly pending: Pending<A>
}

/** Those that go on to their next execution, and answers that are held back. Each has a turn of the loop for itself. */
async function executeAll<A>(
  open: OpenSource,
  pending: readonly Pending<A>[],
  now: () => number,
  holdsBack: boolean,
  answered: (at: number, answer: A | ProblemError) => void,
): Promise<{ again: Pending<A>[]; went: Went<A>[] }> {
  const executions = pending.map(({ left }) => left[0]!())
  const { observations, failed } = await lookOnce(open, executions, now)
  const state = sourceStateOf(open, observations)
  const nowMs = now()
  const again: Pending<A>[] = []
  const went: Went<A>[] = []
  for (const [n, execution] of executions.entries()) {
    await ownTurn()
    const { at, prepared, left } = pending[n]!
    const answer = failed.get(n) ?? (await caughtLater(() => inSlices(execution.finish(state, nowMs))))
    if (!(answer instanceof ProblemError) && holdsBack)
      went.push({ at, answer, pending: { at, prepared, left: [() => execution] } })
    else if (answer instanceof ProblemError && WORTH_ANOTHER.has(answer.kind) && left.length > 1)
      again.push({ at, prepared, left: left.slice(1) })
    else {
      if (answer instanceof ProblemError) prepared.forget()
      answered(at, answer)
    }
  }
  return { again, went }
}

async function lookOnce<A>(
  open: OpenSource,
  executions: readonly Execution<A>[],
  now: () => number,
): Promise<{ observations: Observation[]; failed: Map<number, ProblemError> }> {
  const failed = new Map<number, ProblemError>()
  const asked = (): Execution<A>[] => executions.filter((_, at) => !failed.has(at))
  const observations = await Promise.all(
    open.partitions.map(async (one, partition) => {
      const observation = await lookAt(one, now, () =>
        one.mirror.read(
          (held) =>
            executions.flatMap((execution, at) => {
              if (failed.has(at)) return []
              const wanted = caught(() => execution.wanted(partition, held))
              if (!(wanted instanceof ProblemError)) return wanted
              failed.set(at, wanted)
              return []
            }),
          async (position, held) => {
            if (position !== null)
              for (const execution of asked()) await inSlices(execution.fold(partition, held, one.mirror))
            return position
          },
        ),
      )
      if (observation.position === null) for (const execution of asked()) execution.lose(partition)
      return observation
    }),
  )
  return { observations, failed }
}

/** A partition that cannot be read leaves the others their numbers. Throws StoreError where the store does not answer. */
async function lookAt(
  { keys, mirror, observer }: OpenPartition,
  now: () => number,
  read: () => Promise<Observation['position']>,
): Promise<Observation> {
  const before = observer.seen()
  try {
    const position = await read()
    return observer.observe({ position, halt: mirror.halt }, now(), before)
  } catch (error) {
    const damage = damageIn(error, keys.pos)
    if (damage === null) throw error
    return observer.observe({ position: null, damage }, now(), before)
  }
}

function caught<T>(work: () => T): T | ProblemError {
  try {
    return work()
  } catch (error) {
    if (error instanceof ProblemError) return error
    throw error
  }
}

async function caughtLater<T>(work: () => Promise<T>): Promise<T | ProblemError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ProblemError) return error
    throw error
  }
}

/** Where every partition stands, at the cost of one round trip. */
export function observationsOf(open: OpenSource, now: () => number): Promise<Observation[]> {
  return Promise.all(
    open.partitions.map((one) =>
      lookAt(one, now, () =>
        one.mirror.read(
          () => [],
          (position) => position,
        ),
      ),
    ),
  )
}

/** A clock that was seen so long ago may choose windows that are gone by now. */
const CLOCKS_FRESH_MS = 2000

/** The clock by which windows are kept only chooses intervals here, so the one of a look just now will do, unless a range hangs on it. */
async function clocksOf(open: OpenSource, exactly: boolean, now: () => number): Promise<Clocks> {
  const sinceMs = now() - CLOCKS_FRESH_MS
  const seen = open.partitions.map(({ observer }) => observer.positionSince(sinceMs))
  const positions =
    !exactly && seen.every((position) => position !== null)
      ? seen
      : (await observationsOf(open, now)).map(({ position }) => position)
  const nowMs = now()
  const limitMs = nowMs + open.source.futureMs
  return { nowMs, latestMs: newestOf(positions, limitMs), clockMs: latestOf(positions, limitMs) }
}
