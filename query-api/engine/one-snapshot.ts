/** Several queries of one source, answered at one vector: every partition is looked at once, at one moment, for all of them. */
import type { Hashes } from './chunks.ts'
import { damageIn } from '../sources/damage.ts'
import type { Observation } from '../sources/partition-observer.ts'
import type { Marks } from './partition-rows.ts'
import { ProblemError } from '../problem.ts'
import { latestOf, newestOf, type SourceState } from '../sources/provenance.ts'
import { sourceStateOf, type OpenPartition, type OpenSource } from '../sources/sources.ts'
import type { Clocks } from '../language/time.ts'
import { inSlices, ownTurn } from '../../store/slices.ts'

/** Another execution may touch, or give, less. */
const WORTH_ANOTHER: ReadonlySet<string> = new Set(['too_many_cells', 'answer_too_large'])

/** One way to compute an answer: what it needs of each partition, and what it makes of it. */
export interface Execution<A> {
  /** Suffixes of the hashes that the partition must hold; more of them once its names are there. Throws too_many_cells. */
  wanted(partition: number, held: Hashes): readonly string[]
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

/** Answers in the order of `queries`; one that cannot be answered leaves the others. Throws StoreError. */
export async function answerAtOneSnapshot<A>(
  open: OpenSource,
  queries: readonly PreparedQuery<A>[],
  now: () => number,
): Promise<(A | ProblemError)[]> {
  const clocks = await clocksOf(
    open,
    queries.some(({ usesLatest }) => usesLatest),
    now,
  )
  try {
    return await executeAll(open, queries, clocks, now)
  } catch (error) {
    for (const prepared of queries) prepared.forget()
    throw error
  }
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

async function executeAll<A>(
  open: OpenSource,
  queries: readonly PreparedQuery<A>[],
  clocks: Clocks,
  now: () => number,
): Promise<(A | ProblemError)[]> {
  const left = queries.map((prepared) => caught(() => [...prepared.executions(open, clocks)]))
  for (;;) {
    const executions = left.map((rest) => (rest instanceof ProblemError ? rest : rest.shift()!()))
    const { observations, failed } = await lookOnce(open, executions, now)
    const state = sourceStateOf(open, observations)
    const answers = await finishAll(executions, failed, state, now())
    const again = [...failed].filter(([at, problem]) => {
      const rest = left[at]
      if (WORTH_ANOTHER.has(problem.kind) && Array.isArray(rest) && rest.length > 0) return true
      queries[at]!.forget()
      left[at] = problem
      return false
    })
    if (again.length === 0) return answers
    // One vector for all: those that went well are asked once more beside those that go on to their next execution.
    for (const [at, execution] of executions.entries())
      if (!failed.has(at) && !(execution instanceof ProblemError)) left[at] = [() => execution]
  }
}

/** The result of each execution. One that fails joins `failed`; each has a turn of the loop for itself. */
async function finishAll<A>(
  executions: readonly (Execution<A> | ProblemError)[],
  failed: Map<number, ProblemError>,
  state: SourceState,
  nowMs: number,
): Promise<(A | ProblemError)[]> {
  const answers: (A | ProblemError)[] = []
  for (const [at, execution] of executions.entries()) {
    await ownTurn()
    const answer =
      failed.get(at) ??
      (execution instanceof ProblemError
        ? execution
        : await caughtLater(() => inSlices(execution.finish(state, nowMs))))
    if (answer instanceof ProblemError && !(execution instanceof ProblemError)) failed.set(at, answer)
    answers.push(answer)
  }
  return answers
}

async function lookOnce<A>(
  open: OpenSource,
  executions: readonly (Execution<A> | ProblemError)[],
  now: () => number,
): Promise<{ observations: Observation[]; failed: Map<number, ProblemError> }> {
  const failed = new Map<number, ProblemError>()
  const asked = (): [number, Execution<A>][] =>
    [...executions.entries()].flatMap(([at, execution]): [number, Execution<A>][] =>
      execution instanceof ProblemError || failed.has(at) ? [] : [[at, execution]],
    )
  const observations = await Promise.all(
    open.partitions.map(async (one, partition) => {
      const join = joiner()
      const observation = await lookAt(one, now, () =>
        one.mirror.read(
          (held) =>
            join(
              executions.map((execution, at) => {
                if (execution instanceof ProblemError || failed.has(at)) return NONE
                const wanted = caught(() => execution.wanted(partition, held))
                if (!(wanted instanceof ProblemError)) return wanted
                failed.set(at, wanted)
                return NONE
              }),
            ),
          async (position, held) => {
            if (position !== null)
              for (const [, execution] of asked()) await inSlices(execution.fold(partition, held, one.mirror))
            return position
          },
        ),
      )
      if (observation.position === null) for (const [, execution] of asked()) execution.lose(partition)
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

const NONE: readonly string[] = []

/** Lists to one list, which is the same list again while its parts are: a mirror does not look through it twice. */
export function joiner(): (parts: readonly (readonly string[])[]) => readonly string[] {
  let last: readonly (readonly string[])[] = []
  let joined: readonly string[] = NONE
  return (parts) => {
    if (parts.length === 1) return parts[0]!
    if (parts.length !== last.length || parts.some((part, at) => part !== last[at])) joined = parts.flat()
    last = parts
    return joined
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
          () => NONE,
          (position) => position,
        ),
      ),
    ),
  )
}

/** The clock by which windows are kept only chooses intervals here, so the one of the last look will do, unless a range hangs on it. */
async function clocksOf(open: OpenSource, exactly: boolean, now: () => number): Promise<Clocks> {
  const seen = open.partitions.map(({ mirror }) => mirror.position)
  const positions =
    !exactly && seen.every((position) => position !== null)
      ? seen
      : (await observationsOf(open, now)).map(({ position }) => position)
  const nowMs = now()
  const limitMs = nowMs + open.source.futureMs
  return { nowMs, latestMs: newestOf(positions, limitMs), clockMs: latestOf(positions, limitMs) }
}
