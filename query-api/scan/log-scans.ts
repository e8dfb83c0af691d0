/**
 * Questions that no breakdown answers, answered from the log: the raw events of the range, through the decoder and the fold that count for the store, up to the
 * very offsets where the store stands. Equal questions share one scan; it is kept for a while, and each answer after the first reads what came since.
 */
import { observationsOf, answerOne, type PreparedQuery } from '../engine/one-snapshot.ts'
import type { PointBudget } from '../engine/budget.ts'
import { plan, type Scan } from '../engine/plan.ts'
import { PreparedSeries } from '../engine/series.ts'
import { PreparedTop } from '../engine/top.ts'
import { conditionKey, type Condition } from '../language/conditions.ts'
import type { SeriesQuery, TopQuery } from '../language/query.ts'
import type { Clocks } from '../language/time.ts'
import { ProblemError } from '../problem.ts'
import { latestOf, newestOf } from '../sources/provenance.ts'
import type { OpenSource } from '../sources/sources.ts'
import type { Position } from '../../store/layout/position.ts'
import type { Help } from '../engine/help.ts'
import { goesBySeries, measureOf } from '../../model/measures/index.ts'
import type { SeriesAnswer, TopAnswer } from '../wire.ts'
import { OpenScan, problemOfFailure, ScanBroken, type ScanProgress } from './open-scan.ts'
import type { ScanQuestion } from './question.ts'
import { tooManyRecords, tooManyScans } from './refusals.ts'
import { ScanFailure, ThreadClient, type StartThread } from './thread-client.ts'
import { windowsOf, type Candidate } from './windows.ts'

export interface ScanLimits {
  /** Records that one question may read; those that a later answer adds, too. */
  readonly records: number
  /** Scans that read what is there at one time, and those that wait for it. */
  readonly atOnce: number
  readonly waiting: number
  /** Groups that scans keep which nobody asks at the moment. */
  readonly keptCells: number
  readonly keptMs: number
}

export const SCAN_LIMITS: ScanLimits = {
  records: 20_000_000,
  atOnce: 2,
  waiting: 16,
  keptCells: 500_000,
  keptMs: 300_000,
}

type Answered = SeriesAnswer | TopAnswer

export interface AskOptions {
  /** Nobody waits for the answer any more. */
  readonly signal?: AbortSignal
  readonly progress?: (progress: ScanProgress) => void
}

/** One question, as often as it is asked. */
export interface ScanSession<A> {
  /** Throws ProblemError, StoreError. */
  answer(open: OpenSource, options?: AskOptions): Promise<A>
  release(): void
}

/** Conditions beside the filters of a query: numbers compared, groups. */
export interface Asked {
  readonly conditions?: readonly Condition[]
}

export class LogScans {
  readonly #client: ThreadClient
  readonly #now: () => number
  readonly #limits: ScanLimits
  readonly #scans = new Map<string, OpenScan[]>()
  #running = 0
  readonly #queue: (() => void)[] = []
  #tidying: NodeJS.Timeout | null = null

  constructor(start: StartThread, now: () => number, limits: Partial<ScanLimits> = {}) {
    this.#client = new ThreadClient(start)
    this.#now = now
    this.#limits = { ...SCAN_LIMITS, ...limits }
  }

  series(query: SeriesQuery & Asked, budget?: PointBudget): ScanSession<SeriesAnswer> {
    return new Session<SeriesQuery, SeriesAnswer>(this, query, (inner) => new PreparedSeries(inner, budget))
  }

  top(query: TopQuery & Asked): ScanSession<TopAnswer> {
    return new Session<TopQuery, TopAnswer>(this, query, (inner) => new PreparedTop(inner))
  }

  get now(): () => number {
    return this.#now
  }

  /** Scans that are kept, and the groups that they hold. */
  get kept(): { scans: number; cells: number } {
    const all = [...this.#scans.values()].flat()
    return { scans: all.length, cells: all.reduce((sum, { cells }) => sum + cells, 0) }
  }

  async close(): Promise<void> {
    if (this.#tidying !== null) clearTimeout(this.#tidying)
    this.#scans.clear()
    await this.#client.close()
  }

  /** The scan of a question, begun or under way. */
  find(question: ScanQuestion, open: OpenSource, positions: readonly (Position | null)[]): OpenScan {
    const { source, metric, fields, conditions, interval, fromMs, toMs } = question
    const key = JSON.stringify([
      source.name,
      open.generation,
      open.def,
      open.partitions.length,
      metric,
      fields,
      conditions.map(conditionKey).sort(),
      interval.name,
    ])
    const held = (this.#scans.get(key) ?? []).filter((one) => !one.isBroken)
    const found = held.find(
      (one) => one.covers(fromMs, toMs) && (!one.isRead || one.behind(positions) <= this.#limits.records),
    )
    const scan = found ?? new OpenScan(question, open, positions, this.#client)
    this.#scans.set(key, found === undefined ? [...held, scan] : held)
    scan.usedMs = this.#now()
    return scan
  }

  begin(scan: OpenScan, help: Help | null): Promise<void> {
    return scan.begin((work) => this.#turn(work), this.#limits.records, help)
  }

  /** Somebody left: what nobody asks for is let go of, at once where it is not read yet. */
  tidy(): void {
    const oldestMs = this.#now() - this.#limits.keptMs
    const idle: OpenScan[] = []
    for (const [key, scans] of this.#scans) {
      const left = scans.filter((one) => {
        if (one.askers > 0 && !one.isBroken) return true
        if (!one.isBroken && one.isRead && one.usedMs >= oldestMs) return idle.push(one) > 0
        one.end()
        return false
      })
      if (left.length > 0) this.#scans.set(key, left)
      else this.#scans.delete(key)
    }
    if (idle.length > 0) this.#tidyLater()
    let cells = idle.reduce((sum, one) => sum + one.cells, 0)
    for (const one of idle.sort((a, b) => a.usedMs - b.usedMs)) {
      if (cells <= this.#limits.keptCells) break
      cells -= one.cells
      one.end()
    }
  }

  #tidyLater(): void {
    if (this.#tidying !== null) return
    this.#tidying = setTimeout(() => {
      this.#tidying = null
      this.tidy()
    }, this.#limits.keptMs + 1)
    this.#tidying.unref()
  }

  async #turn(work: () => Promise<void>): Promise<void> {
    if (this.#running >= this.#limits.atOnce) {
      if (this.#queue.length >= this.#limits.waiting) throw tooManyScans()
      await new Promise<void>((go) => this.#queue.push(go))
    } else this.#running++
    try {
      await work()
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  get mostRecords(): number {
    return this.#limits.records
  }
}

/** The store went back, or the log moved: begun anew so often. */
const TRIES = 3

class Session<Q extends SeriesQuery | TopQuery, A extends Answered> implements ScanSession<A> {
  readonly #scans: LogScans
  readonly #query: Q & Asked
  readonly #prepare: (query: Q) => PreparedQuery<A>
  #made: { scan: OpenScan; prepared: PreparedQuery<A> } | null = null

  constructor(scans: LogScans, query: Q & Asked, prepare: (query: Q) => PreparedQuery<A>) {
    this.#scans = scans
    this.#query = query
    this.#prepare = prepare
  }

  async answer(open: OpenSource, options: AskOptions = {}): Promise<A> {
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

  async #try(open: OpenSource, options: AskOptions): Promise<A> {
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
    { signal, progress }: AskOptions,
  ): Promise<A> {
    const scan = this.#scans.find(question, open, positions)
    if (this.#made !== null && this.#made.scan !== scan) this.release()
    const { prepared } = (this.#made ??= { scan, prepared: this.#prepare(innerOf(this.#query, question)) })
    scan.ask(this, question.fromMs, progress ?? null)
    const left = (): void => this.release()
    signal?.addEventListener('abort', left, { once: true })
    if (signal?.aborted === true) left()
    try {
      await this.#scans.begin(scan, help)
      if (scan.behind(positions) > this.#scans.mostRecords)
        throw tooManyRecords(question, scan.behind(positions), this.#scans.mostRecords, help)
      const answer = await answerOne(scan.source, prepared, this.#scans.now)
      return { ...answer, meta: { ...answer.meta, from: 'log', scannedRecords: scan.records } }
    } catch (error) {
      if (!(error instanceof ProblemError)) this.release()
      if (error instanceof ScanFailure && (error.failed.kind === 'gone' || error.failed.kind === 'ended'))
        throw new ScanBroken(error.message)
      throw error instanceof ScanFailure ? problemOfFailure(error, question, help) : error
    } finally {
      signal?.removeEventListener('abort', left)
    }
  }
}

/** A metric that goes by series is counted by all its fields and filtered by name, as a breakdown would: an event left out would part a step. */
function questionOf(
  open: OpenSource,
  query: (SeriesQuery | TopQuery) & Asked,
  { resolved }: Scan,
  candidate: Candidate,
  clocks: Clocks,
): ScanQuestion {
  const isFixed = 'absoluteMs' in query.from && 'absoluteMs' in query.to
  const { interval, fromMs, toMs } = windowsOf(candidate, open.source.intervals, isFixed)
  const bySeries = goesBySeries(measureOf(resolved.metric))
  return {
    source: open.source,
    metric: resolved.metric.name,
    fields: bySeries ? resolved.breakdown.fields : query.by,
    conditions: bySeries ? [] : [...query.where, ...(query.conditions ?? [])],
    interval,
    fromMs,
    toMs: 'absoluteMs' in query.to && toMs <= clocks.nowMs ? toMs : null,
  }
}

/** What is asked of the source that the scan makes: its events are filtered already. */
function innerOf<Q extends SeriesQuery | TopQuery>(query: Q & Asked, { conditions }: ScanQuestion): Q {
  const { conditions: _, ...rest } = query
  return { ...rest, where: conditions.length > 0 ? [] : query.where } as unknown as Q
}
