/**
 * One live query, computed once for all who look at it: as soon as its source says that something was counted, as often as its pace
 * allows, and once a second anyway, because on a quiet log the time up to which all is known moves on.
 */
import type { HeardBatch, SentFrame } from '../service/freshness.ts'
import type { ScanProgress } from '../scan/open-scan.ts'
import { correctionsOf, isComparable, type Correction } from '../engine/corrections.ts'
import { countedOf, Frame } from './frame.ts'
import { History } from './history.ts'
import type { Outbox } from './outbox.ts'
import { Pace } from './pace.ts'
import { inOrderOf, patchOf } from './patch.ts'
import type { LiveAnswer, Problem, Revision } from '../wire.ts'

/** Where the log is read for the first answer. */
export interface ReadingHeard {
  /** Hears how far. */
  readonly progress: (progress: ScanProgress) => void
  /** Hears what the part comes to that is read. */
  readonly part: (part: LiveAnswer) => void
}

export interface LiveQueryOptions {
  readonly execute: (reading: ReadingHeard) => Promise<LiveAnswer>
  readonly problem: (error: unknown) => Problem
  /** Shortest time between two computations, ms. */
  readonly everyMs: number
  /** Times that, as of now. */
  readonly stretch: () => number
  readonly now: () => number
  /** Of the next frame, counted in the whole process. */
  readonly number: () => number
  /** Holds frames of queries that are worked out together, for one write. */
  readonly outbox: Outbox
  /** Heard after every computation and the frames it gave, with its time. */
  readonly computed?: (ms: number) => void
  /** Heard of every batch that an answer was computed for, once its frame is on its way. */
  readonly sent?: (batches: readonly HeardBatch[], frame: SentFrame) => void
}

type Last = ({ readonly answer: LiveAnswer } | { readonly problem: Problem }) & { number: number }

const QUIET_MS = 1000
const PROGRESS_EVERY_MS = 200
/** Batches remembered until the next frame: more of them in one frame tell nothing new of its age. */
const MAX_BATCHES = 256
/** Told with a whole answer. */
const MOST_REVISED = 1000
/** Rows are sent whole: unchanged ones only this often. */
const SAME_ROWS_MS = 5000

export class LiveQuery {
  readonly #options: LiveQueryOptions
  readonly #heard = new Set<(frame: Frame) => void>()
  readonly #history = new History()
  #last: Last | null = null
  /** Serialised once for all that need it. */
  #whole: Frame | null = null
  #dirty = true
  #running = false
  #stopped = false
  readonly #pace: Pace
  #batches: HeardBatch[] = []
  #toldMs = 0
  #progressMs = 0
  #cancel: (() => void) | null = null

  constructor(options: LiveQueryOptions) {
    this.#options = options
    this.#pace = new Pace({ everyMs: options.everyMs, stretch: options.stretch, quietMs: QUIET_MS })
  }

  get listeners(): number {
    return this.#heard.size
  }

  /**
   * Every frame from now on, beginning with the whole answer, at once where there is one; or with those after `frame`, where that is how
   * far the reader is and they are still known.
   */
  listen(heard: (frame: Frame) => void, frame: number | null = null): () => void {
    this.#heard.add(heard)
    const missed = frame === null ? null : this.#history.since(frame)
    const whole = missed === null ? this.whole() : null
    for (const one of missed ?? (whole === null ? [] : [whole])) heard(one)
    if (missed === null && whole === null) this.wake()
    return () => this.#heard.delete(heard)
  }

  /** The newest answer, whole; null before the first. */
  whole(): Frame | null {
    if (this.#whole === null && this.#last !== null)
      this.#whole =
        'answer' in this.#last
          ? new Frame(
              'reset',
              body('answer', this.#last.answer),
              this.#last.number,
              countedOf(this.#last.answer),
            )
          : new Frame('error', body('problem', this.#last.problem), this.#last.number)
    return this.#whole
  }

  /** Something was counted. */
  wake(batch: HeardBatch | null = null): void {
    if (batch !== null && this.#batches.length < MAX_BATCHES) this.#batches.push(batch)
    const isScheduled = this.#dirty && this.#cancel !== null
    this.#dirty = true
    if (!isScheduled) this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #schedule(): void {
    if (this.#stopped || this.#running) return
    this.#cancel?.()
    const waitMs = this.#pace.waitMs(performance.now(), this.#dirty)
    this.#cancel = waitMs > 0 ? after(waitMs, () => void this.#compute()) : soon(() => void this.#compute())
  }

  async #compute(): Promise<void> {
    const { now, execute, problem, outbox } = this.#options
    const beganMs = now()
    const clockMs = performance.now()
    this.#cancel = null
    this.#running = true
    outbox.begin()
    let computedMs: number | null = null
    this.#pace.begin(clockMs, this.#dirty)
    this.#dirty = false
    const batches = this.#batches
    this.#batches = []
    try {
      const answer = await execute({
        progress: (progress) => this.#progressed(progress),
        part: (part) => this.#readIn(part),
      })
      computedMs = now()
      if (!this.#stopped) this.#moveTo(answer)
    } catch (error) {
      if (!this.#stopped) this.#fail(problem(error))
    } finally {
      outbox.end(() => {
        if (batches.length > 0 && computedMs !== null)
          this.#options.sent?.(batches, { beganMs, computedMs, sentMs: now() })
        this.#end(performance.now() - clockMs)
      })
    }
  }

  #end(tookMs: number): void {
    this.#pace.end(tookMs)
    this.#options.computed?.(tookMs)
    this.#running = false
    this.#schedule()
  }

  #moveTo(next: LiveAnswer): void {
    const last = this.#last !== null && 'answer' in this.#last ? this.#last.answer : null
    if (last !== null && 'series' in last && 'series' in next) {
      const ordered = inOrderOf(last, next)
      const patch = patchOf(last, ordered)
      const revised = patch === null && isComparable(last, ordered) ? correctionsOf(last, ordered) : []
      this.#remember({ answer: ordered })
      this.#tell(patch === null ? null : Buffer.from(`,${JSON.stringify(patch).slice(1)}`), revised)
    } else if (
      last === null ||
      'series' in last ||
      'series' in next ||
      !isSame(last, next) ||
      this.#options.now() - this.#toldMs > SAME_ROWS_MS
    ) {
      this.#remember({ answer: next })
      this.#tell(null)
    }
  }

  /** A few times a second, and to nobody who has an answer. */
  #progressed(progress: ScanProgress): void {
    const nowMs = performance.now()
    if (this.#last !== null || this.#stopped || nowMs - this.#progressMs < PROGRESS_EVERY_MS) return
    this.#progressMs = nowMs
    const told = new Frame('progress', body('progress', progress), this.#options.number())
    for (const heard of this.#heard) heard(told)
  }

  /** To nobody who has an answer: a part is less than any. */
  #readIn(part: LiveAnswer): void {
    if (this.#last !== null || this.#stopped) return
    const told = new Frame('part', body('part', part), this.#options.number())
    for (const heard of this.#heard) heard(told)
  }

  /** Said once, not every second. */
  #fail(problem: Problem): void {
    const isKnown =
      this.#last !== null &&
      'problem' in this.#last &&
      this.#last.problem.type === problem.type &&
      this.#last.problem.detail === problem.detail
    if (isKnown) return
    this.#remember({ problem })
    this.#tell(null)
  }

  #remember(last: { readonly answer: LiveAnswer } | { readonly problem: Problem }): void {
    this.#last = { ...last, number: this.#options.number() }
    this.#whole?.settle()
    this.#whole = null
  }

  /** The last answer as what changed, or null: whole, and to those who had the one before with what was corrected. */
  #tell(patch: Buffer | null, revised: readonly Correction[] = []): void {
    this.#toldMs = this.#options.now()
    const last = this.#last!
    const news =
      patch === null || !('answer' in last)
        ? withRevised(this.whole()!, revised)
        : new Frame('patch', patch, last.number, countedOf(last.answer))
    this.#history.add(news, patch === null)
    for (const heard of this.#heard) heard(news)
    if (patch !== null) news.settle()
  }
}

function after(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}

/** In the next turn of the loop, so that batches of several partitions that arrive together share a frame. */
function soon(work: () => void): () => void {
  const turn = setImmediate(work)
  return () => clearImmediate(turn)
}

const body = (name: string, value: unknown): Buffer => Buffer.from(`,"${name}":${JSON.stringify(value)}}`)

function withRevised(whole: Frame, revised: readonly Correction[]): Frame {
  if (revised.length === 0) return whole
  const told = revised
    .slice(0, MOST_REVISED)
    .map(({ column, timeMs, was, is }): Revision => ({ column, timeMs, was, is }))
  const more = Buffer.from(`,"revised":${JSON.stringify(told)}}`)
  const { event, rest, number, counted } = whole
  return new Frame(event, Buffer.concat([rest.subarray(0, -1), more]), number, counted)
}

/** Nothing but what the answers know of themselves differs. */
function isSame(last: RowsAnswer, next: RowsAnswer): boolean {
  return JSON.stringify({ ...last, meta: stateOf(last) }) === JSON.stringify({ ...next, meta: stateOf(next) })
}

type RowsAnswer = Exclude<LiveAnswer, { series: unknown }>

/** Of the meta, what a reader must hear at once. */
function stateOf({ meta }: RowsAnswer): unknown[] {
  return [meta.generation, meta.def, meta.complete, meta.rebuilding]
}
