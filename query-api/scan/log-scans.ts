/**
 * Questions that no breakdown answers, answered from the log: the raw events of the range, through the decoder and the fold that count for the store, up to the
 * very offsets where the store stands. Equal questions share one scan; it is kept for a while, and each answer after the first reads what came since.
 */
import type { PointBudget } from '../engine/plan/budget.ts'
import type { Help } from '../engine/plan/help.ts'
import { choose } from '../engine/plan/plan.ts'
import { PreparedSeries } from '../engine/series/series.ts'
import { PreparedTop } from '../engine/ranking/top.ts'
import { derivedOf } from '../engine/plan/derived-parts.ts'
import { conditionKey } from '../language/conditions.ts'
import type { SeriesQuery, TopQuery } from '../language/query.ts'
import type { OpenSource } from '../sources/sources.ts'
import type { Position } from '../../store/layout/position.ts'
import type { SeriesAnswer, TopAnswer } from '../wire.ts'
import { OpenScan, ScanBroken } from './open-scan.ts'
import type { ScanQuestion } from './question.ts'
import { tooManyScans } from './refusals.ts'
import { Session, type AskOptions, type ScanPool, type ScanSession } from './session.ts'
import { ThreadClient, type StartThread } from './thread-client.ts'

export interface ScanLimits {
  /** Records that one question may read; those that a later answer adds, too. */
  readonly records: number
  /** Scans that read what is there at one time, and those that wait for it. */
  readonly atOnce: number
  readonly waiting: number
  /** Groups of all scans together: none begins beyond. Those of scans that nobody asks at the moment. */
  readonly allCells: number
  readonly keptCells: number
  readonly keptMs: number
  /** Shortest time between two answers to what is read so far. */
  readonly partMs: number
}

export const SCAN_LIMITS: ScanLimits = {
  records: 20_000_000,
  atOnce: 2,
  waiting: 16,
  allCells: 1_000_000,
  keptCells: 500_000,
  keptMs: 300_000,
  partMs: 1000,
}

/** Asked with every answer, of the same few questions: a definition that is the same says the same. */
const known = new WeakMap<object, Pick<OpenSource, 'source'> & { partitions: number; isScan: boolean }>()

/** Whether no cells answer a query, but the log does. */
export function mustScan(query: SeriesQuery | TopQuery, { source, partitions }: OpenSource): boolean {
  const last = known.get(query)
  if (last?.source === source && last.partitions === partitions.length) return last.isScan
  const isScan = choose(query, { source, partitions: partitions.length, canScan: true }).is === 'scan'
  known.set(query, { source, partitions: partitions.length, isScan })
  return isScan
}

/** A scan whose turn is to come. */
interface Waiting {
  readonly scan: OpenScan
  readonly go: () => void
  readonly leave: (why: Error) => void
}

export class LogScans implements ScanPool {
  readonly #client: ThreadClient
  readonly #now: () => number
  readonly #limits: ScanLimits
  readonly #scans = new Map<string, OpenScan[]>()
  #running = 0
  #queue: Waiting[] = []
  readonly #once = new Map<string, { answer: Promise<unknown>; left: AbortController; askers: number }>()
  #tidying: NodeJS.Timeout | null = null

  constructor(start: StartThread, now: () => number, limits: Partial<ScanLimits> = {}) {
    this.#client = new ThreadClient(start)
    this.#now = now
    this.#limits = { ...SCAN_LIMITS, ...limits }
  }

  series(query: SeriesQuery, budget?: PointBudget): ScanSession<SeriesAnswer> {
    return new Session<SeriesQuery, SeriesAnswer>(this, query, (inner) => new PreparedSeries(inner, budget))
  }

  top(query: TopQuery): ScanSession<TopAnswer> {
    return new Session<TopQuery, TopAnswer>(this, query, (inner) => new PreparedTop(inner))
  }

  /** One answer, shared by all who ask the same meanwhile; it is given up when all of them have left. */
  once<A>(
    key: string,
    make: () => ScanSession<A>,
    open: OpenSource,
    { signal, ...options }: Omit<AskOptions, 'part'>,
  ): Promise<A> {
    let shared = this.#once.get(key)
    if (shared === undefined) {
      const session = make()
      const left = new AbortController()
      const answer = session.answer(open, { ...options, signal: left.signal }).finally(() => {
        session.release()
        if (this.#once.get(key) === shared) this.#once.delete(key)
      })
      shared = { answer, left, askers: 0 }
      this.#once.set(key, shared)
    }
    const own = shared
    own.askers++
    signal?.addEventListener(
      'abort',
      () => {
        if (--own.askers > 0) return
        if (this.#once.get(key) === own) this.#once.delete(key)
        own.left.abort()
      },
      { once: true },
    )
    return own.answer as Promise<A>
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
      derivedOf(source, metric) ?? metric,
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
    return scan.begin((work) => this.#turn(scan, work), this.#limits.records, help)
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
    // They would keep out others who wait for an answer.
    const gone = this.#queue.filter(({ scan }) => scan.isBroken)
    this.#queue = this.#queue.filter(({ scan }) => !scan.isBroken)
    for (const { leave } of gone) leave(new ScanBroken('nobody asks any more'))
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

  async #turn(scan: OpenScan, work: () => Promise<void>): Promise<void> {
    if (this.kept.cells >= this.#limits.allCells) throw tooManyScans()
    if (this.#running >= this.#limits.atOnce) {
      if (this.#queue.length >= this.#limits.waiting) throw tooManyScans()
      await new Promise<void>((go, leave) => this.#queue.push({ scan, go, leave }))
    } else this.#running++
    try {
      await work()
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#running--
      else next.go()
    }
  }

  get partMs(): number {
    return this.#limits.partMs
  }

  get mostRecords(): number {
    return this.#limits.records
  }
}
