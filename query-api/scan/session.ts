/** One question to the log, asked as often as its answer is wanted: plans, finds its scan, and answers from the cells that the scan has made. */
import { answerOne, observationsOf, type PreparedQuery } from '../engine/rows/one-snapshot.ts'
import { plan, type Scan } from '../engine/plan/plan.ts'
import type { Help } from '../engine/plan/help.ts'
import type { SeriesQuery, TopQuery } from '../language/query.ts'
import type { Clocks } from '../language/time.ts'
import type { Position } from '../../store/layout/position.ts'
import { ProblemError } from '../problem.ts'
import { latestOf, newestOf } from '../sources/provenance.ts'
import type { OpenSource } from '../sources/sources.ts'
import type { SeriesAnswer, TopAnswer } from '../wire.ts'
import { ScanBroken, type OpenScan, type ScanProgress } from './open-scan.ts'
import type { ScanQuestion } from './question.ts'
import { Parts } from './parts.ts'
import { problemOfFailure, tooManyRecords } from './refusals.ts'
import { ScanFailure } from './thread-client.ts'
import { windowsOf, type Candidate } from './windows.ts'

export interface AskOptions<A = never> {
  /** Nobody waits for the answer any more. */
  readonly signal?: AbortSignal
  readonly progress?: (progress: ScanProgress) => void
  /** What the part of the log comes to that is read so far, now and then until all of it is. */
  readonly part?: (part: A) => void
  /** When the answer may be worked out, once all is read. */
  readonly turn?: <T>(work: () => Promise<T>) => Promise<T>
}

/** One question, as often as it is asked. */
export interface ScanSession<A> {
  /** Throws ProblemError, StoreError. */
  answer(open: OpenSource, options?: AskOptions<A>): Promise<A>
  release(): void
}

/** Where scans are shared. */
export interface ScanPool {
  readonly now: () => number
  readonly mostRecords: number
  readonly partMs: number
  /** The scan of a question, begun or under way. */
  find(question: ScanQuestion, open: OpenSource, positions: readonly (Position | null)[]): OpenScan
  /** Reads what is there, when it is its turn. */
  begin(scan: OpenScan, help: Help | null): Promise<void>
  /** Somebody left. */
  tidy(): void
}

/** The store went back, or the log moved: begun anew so often. */
const TRIES = 3

export class Session<Q extends SeriesQuery | TopQuery, A extends SeriesAnswer | TopAnswer>
  implements ScanSession<A>
{
  readonly #scans: ScanPool
  readonly #query: Q
  readonly #prepare: (query: Q) => PreparedQuery<A>
  #made: { scan: OpenScan; prepared: PreparedQuery<A> } | null = null

  constructor(scans: ScanPool, query: Q, prepare: (query: Q) => PreparedQuery<A>) {
    this.#scans = scans
    this.#query = query
    this.#prepare = prepare
  }

  async answer(open: OpenSource, options: AskOptions<A> = {}): Promise<A> {
    for (let tries = 1; ; tries++)
      try {
        return await this.#try(open, options)
      } catch (error) {
        if (!(error instanceof ScanBroken) || options.signal?.aborted === true) throw error
        if (tries === TRIES)
          throw new ProblemError(
            'log_unreachable',
            `the log moves faster than it can be read: ${error.message}`,
          )
      }
  }

  release(): void {
    this.#made?.scan.leave(this)
    this.#made?.prepared.forget()
    this.#made = null
    this.#scans.tidy()
  }

  /** They keep nothing between them but what makes the next one cheap. */
  #parts(open: OpenSource, scan: OpenScan, question: ScanQuestion, told: (part: A) => void): Parts<A> {
    const prepared = this.#prepare(innerOf(this.#query, question))
    const made = { ...open, source: scan.source, partitions: scan.parts }
    return new Parts({
      make: async () => ofPart(await answerOne(made, prepared, this.#scans.now), scan),
      told,
      forget: () => prepared.forget(),
      leastMs: this.#scans.partMs,
    })
  }

  async #try(open: OpenSource, options: AskOptions<A>): Promise<A> {
    const observations = await observationsOf(open, this.#scans.now)
    const positions = observations.map(({ position }) => position)
    const [chosen, clocks] = this.#plan(open, positions)
    let refused: ProblemError | null = null
    // A coarser interval holds fewer groups: the next one is tried where the finest are too many.
    for (const candidate of chosen.candidates as readonly Candidate[]) {
      const question = questionOf(open, this.#query, chosen as Scan, candidate, clocks)
      try {
        return await this.#of(open, question, positions, chosen.help, options)
      } catch (error) {
        if (!(error instanceof ProblemError) || error.kind !== 'too_many_cells') throw error
        refused ??= error
      }
    }
    throw refused!
  }

  #plan(open: OpenSource, positions: readonly (Position | null)[]): [Scan<Q>, Clocks] {
    const nowMs = this.#scans.now()
    const limitMs = nowMs + open.source.futureMs
    const clocks = { nowMs, latestMs: newestOf(positions, limitMs), clockMs: latestOf(positions, limitMs) }
    const catalog = { source: open.source, partitions: open.partitions.length, clocks, canScan: true }
    const chosen = plan<Q>(this.#query, catalog)
    if (chosen.is === 'scan') return [chosen, clocks]
    if (chosen.is === 'refuse') throw chosen.problem
    throw new RangeError('a breakdown holds it')
  }

  async #of(
    open: OpenSource,
    question: ScanQuestion,
    positions: readonly (Position | null)[],
    help: Help | null,
    { signal, progress, part, turn = (work) => work() }: AskOptions<A>,
  ): Promise<A> {
    const scan = this.#scans.find(question, open, positions)
    if (this.#made !== null && this.#made.scan !== scan) this.release()
    const { prepared } = (this.#made ??= { scan, prepared: this.#prepare(innerOf(this.#query, question)) })
    const parts = part === undefined ? null : this.#parts(open, scan, question, part)
    scan.ask(this, question.fromMs, { progress, part: parts === null ? undefined : () => parts.more() })
    const left = (): void => this.release()
    signal?.addEventListener('abort', left, { once: true })
    if (signal?.aborted === true) left()
    try {
      await this.#scans.begin(scan, help)
      parts?.end()
      if (scan.behind(positions) > this.#scans.mostRecords)
        throw tooManyRecords(question, scan.behind(positions), this.#scans.mostRecords, help)
      // What came since is read before it is its turn: who waits for cells does not wait for the log.
      if (scan.behind(positions) > 0) await scan.readOn()
      const made = { ...open, source: scan.source, partitions: scan.partitions }
      const answer = await turn(() => answerOne(made, prepared, this.#scans.now))
      return { ...answer, meta: { ...answer.meta, from: 'log', scannedRecords: scan.records } }
    } catch (error) {
      if (!(error instanceof ProblemError)) this.release()
      if (error instanceof ScanFailure && (error.failed.kind === 'gone' || error.failed.kind === 'ended'))
        throw new ScanBroken(error.message)
      throw error instanceof ScanFailure ? problemOfFailure(error, question, help) : error
    } finally {
      parts?.end()
      signal?.removeEventListener('abort', left)
    }
  }
}

/** What an answer to a part says of itself: that it is one, and nothing of what only the whole could say. */
function ofPart<A extends SeriesAnswer | TopAnswer>(answer: A, scan: OpenScan): A {
  const { lostBeforeMs: _, asOfMs, ...meta } = answer.meta
  const reading = { ...scan.partProgress, newestFirst: scan.isNewestFirst, knownToMs: asOfMs }
  return {
    ...answer,
    meta: {
      ...meta,
      asOfMs: null,
      lagMs: null,
      complete: 0,
      from: 'log',
      scannedRecords: scan.records,
      reading,
    },
  } as A
}

/** A metric that goes by series is counted by all its fields and filtered by name, as a breakdown would: an event left out would part a step. */
function questionOf(
  open: OpenSource,
  query: SeriesQuery | TopQuery,
  { resolved }: Scan,
  candidate: Candidate,
  clocks: Clocks,
): ScanQuestion {
  const isFixed = 'absoluteMs' in query.from && 'absoluteMs' in query.to
  const { interval, fromMs, toMs } = windowsOf(candidate, open.source.intervals, isFixed)
  const { bySeries } = resolved
  return {
    source: open.source,
    metric: resolved.metric.name,
    fields: bySeries ? resolved.breakdown.fields : query.by,
    conditions: bySeries ? [] : [...query.where, ...query.conditions],
    interval,
    fromMs,
    toMs: 'absoluteMs' in query.to && toMs <= clocks.nowMs ? toMs : null,
  }
}

/** What is asked of the source that the scan makes: its events are filtered already. */
const innerOf = <Q extends SeriesQuery | TopQuery>(query: Q, { conditions }: ScanQuestion): Q =>
  conditions.length > 0 ? { ...query, where: [], conditions: [] } : query
