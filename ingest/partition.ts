/**
 * The loop of one partition: fetch, fold, apply, two calls in flight. The store's `next` is the only truth about where it stands; after anything
 * unexpected the worker forgets all it knows and asks (laws L1 to L3). What arrives during a call is the next batch: there is no timer to tune.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delta } from '../model/delta.ts'
import { copyState, offsetsBalance, type PartitionState } from '../model/partition-state.ts'
import type { Fetched } from '../log/log.ts'
import { ApplyCall } from '../store/calls/apply-call.ts'
import { StoreError } from '../store/errors.ts'
import { positionFields, ToldPosition } from '../store/layout/position.ts'
import { Backoff } from './backoff.ts'
import { BatchSize } from './batch-size.ts'
import { Calls } from './calls.ts'
import { FeedTrim } from './feed-trim.ts'
import { Halt } from './halt.ts'
import type { PartitionOptions } from './partition-options.ts'
import { Folding } from './folding.ts'
import type { Reader } from './reader.ts'
import { readerOf } from './partition-reader.ts'
import { Outage } from './outage.ts'
import { Rest } from './rest.ts'
import { reportOf, type AppliedBatch, type PartitionView } from './instrumentation.ts'
import { DueList } from './due-list.ts'
import { passedBefore, whereItStands } from './recover.ts'
import { recordHash } from './record-hash.ts'
import { makeRoom } from './worker/make-room.ts'
import { LogRange } from './worker/log-range.ts'
import { nextState, takesRecords, type WorkerEvent, type WorkerState } from './worker/state.ts'
import { Wake } from './worker/wake.ts'

const PAUSE_ABOVE_BYTES = 8 * 1024 * 1024
const RESUME_BELOW_BYTES = 4 * 1024 * 1024
const HEARTBEAT_MS = 1000

export class PartitionWorker {
  readonly #o: PartitionOptions
  readonly #name: string
  readonly #reader: Reader
  #folding: Folding
  #feed: FeedTrim
  #told = new ToldPosition()
  readonly #call: ApplyCall
  #due: DueList
  /** Where the next batch begins: ahead of the store by the calls in flight. Null = ask the store first. */
  #folded: PartitionState | null = null
  #rev = ''
  #rewinds = 0
  readonly #calls: Calls
  readonly #size = new BatchSize()
  readonly #log = new LogRange()
  #paused = false
  #state: WorkerState = 'unknown'
  readonly #outage: Outage
  #rest: Rest
  #lastSentMs = 0
  readonly #wake = new Wake()
  #running: Promise<void> | null = null

  constructor(options: PartitionOptions) {
    this.#o = options
    this.#name = `${options.source.topic}/${options.partition}`
    this.#reader = readerOf(options, () => this.#wake.up())
    this.#folding = this.#newFolding()
    this.#due = new DueList(options.keys, options.source)
    this.#feed = new FeedTrim(options.feedBytes)
    this.#call = new ApplyCall(options.keys)
    this.#rest = new Rest(options)
    this.#outage = new Outage((line, level) => options.log(`${this.#name}: ${line}`, level), options.nowMs)
    const applied = (report: AppliedBatch): void => {
      this.#size.answered(report.pairs, report.storeMs)
      options.applied(report)
    }
    this.#calls = new Calls({ ...options, applied }, (appliedNext) => {
      if (appliedNext !== null) {
        this.#rest.end(appliedNext)
        this.#outage.over()
      }
      this.#wake.up()
    })
  }

  get halted(): Halt | null {
    return this.#rest.halt
  }

  /** Where fetching goes on after a rebalance that left this partition here. */
  get fetchFrom(): number {
    return this.#folded === null ? Math.max(this.#calls.acknowledged, 0) : this.#reader.queuedTo
  }

  get acknowledged(): number {
    return this.#calls.acknowledged
  }

  get isHeard(): boolean | null {
    return this.#calls.isHeard
  }

  view(): PartitionView {
    return {
      partition: this.#o.partition,
      next: this.#calls.acknowledged,
      ...this.#log.seen,
      lastTsMs: this.#calls.lastTsMs,
      waitingBytes: this.#reader.waitingBytes,
      halted: this.halted,
      storeWait: this.#outage.wait,
    }
  }

  /** Starts the loop; answers once the store said where it stands (or the partition halted). */
  start(): Promise<number | null> {
    return new Promise((opened) => {
      this.#running = this.#run(opened)
    })
  }

  push(fetched: Fetched): void {
    if (!takesRecords(this.#state)) return
    // law L7: a topic made anew halts
    if (fetched.isAnotherLog)
      this.#calls.trouble = new Halt(
        'ANOTHER_LOG',
        `${this.#name}: the topic was deleted and made again while it was read`,
      )
    this.#log.see(fetched)
    this.#reader.push(fetched)
    // law L10: a full queue pauses
    if (!this.#paused && this.#reader.waitingBytes > PAUSE_ABOVE_BYTES) {
      this.#paused = true
      this.#o.pause()
    }
    this.#wake.up()
  }

  /** Lets the calls in flight answer, then ends. What was not applied is still in the log. */
  async stop(): Promise<void> {
    this.#on('stop')
    this.#wake.up()
    await this.#running
  }

  async #run(opened: (next: number | null) => void): Promise<void> {
    const backoff = new Backoff()
    while (this.#state !== 'stopped') {
      try {
        if (this.#state === 'unknown') {
          await this.#recover()
          this.#on('found')
          opened(this.#folded!.next)
        } else {
          await this.#step()
          if (this.#calls.trouble) throw this.#calls.trouble
        }
      } catch (error) {
        await this.#calls.settle()
        const passedMs = this.#due.lastPassedMs
        // law L3: a refusal clears the cache
        this.#forget()
        const isDamage = error instanceof StoreError && !error.retry
        const halt = isDamage ? new Halt('STORE_DAMAGED', error.message) : error
        if (!(halt instanceof Halt)) {
          this.#on('failed')
          this.#outage.note(error as Error)
          if (error instanceof StoreError && error.code === 'STORE_FULL')
            await makeRoom(this.#o, this.#rev, passedMs)
          await sleep(backoff.failed(performance.now()))
          this.#on('again')
        } else if (await passedBefore(this.#o, halt)) this.#on('passed')
        else {
          this.#on('halted')
          const resting = this.#halt(halt)
          opened(null)
          await resting
          this.#on('again')
        }
      }
    }
    await this.#calls.settle()
    opened(null)
  }

  #on(event: WorkerEvent): void {
    this.#state = nextState(this.#state, event)
  }

  async #halt(halt: Halt): Promise<void> {
    if (!this.#paused) this.#o.pause() // else it would starve the others of its broker
    this.#paused = true
    await this.#rest.until(halt, () => this.#state === 'stopped')
  }

  /** Drops everything that was only believed. */
  #forget(): void {
    this.#folded = null
    this.#calls.forget()
    this.#due = new DueList(this.#o.keys, this.#o.source)
    this.#feed = new FeedTrim(this.#o.feedBytes)
    this.#told = new ToldPosition()
    this.#reader.restart(0)
    this.#folding = this.#newFolding()
  }

  #newFolding(): Folding {
    return new Folding(this.#o.store, this.#o.keys, this.#o.source, this.#reader)
  }

  async #recover(): Promise<void> {
    if (this.#calls.acknowledged >= 0) await this.#o.confirmOwner()
    const found = await whereItStands(this.#o, this.#calls.acknowledged, this.#rewinds)
    await this.#o.tables?.recovered(found.position)
    this.#folded = copyState(found.position.state)
    this.#rev = found.position.rev
    if (found.rewinds > found.position.rewinds) this.#o.rewound?.()
    this.#rewinds = found.rewinds
    this.#calls.acknowledged = this.#folded.next
    this.#calls.lastTsMs = this.#folded.lastTsMs
    this.#reader.restart(this.#folded.next)
    // law L7: an old end is forgotten
    this.#log.forget()
    this.#o.seek(this.#folded.next)
    this.#unpause()
  }

  /** One turn: something to fold, or a heartbeat, or a wait. */
  async #step(): Promise<void> {
    if (this.#folding.isEmpty || this.#o.holds?.() === true) {
      const { next } = this.#folded!
      if (!(await this.#log.holds(next, async (at) => this.#o.endsBefore?.(at) ?? true))) this.#o.seek(next)
      const nowMs = this.#o.nowMs()
      // All partitions of a process report at the same moment, at most a second after their last call: together they are one write to the store.
      const isTold = Math.floor(nowMs / HEARTBEAT_MS) === Math.floor(this.#lastSentMs / HEARTBEAT_MS)
      if (isTold && !this.#due.behind) return this.#wait(HEARTBEAT_MS - (nowMs % HEARTBEAT_MS))
      // law L9: a quiet partition reports
      if (this.#log.seen.endAtMs > 0 && this.#calls.isIdle)
        return this.#send(this.#folding.begin(this.#folded!))
      return this.#wait(HEARTBEAT_MS)
    }
    const delta = await this.#folding.fold(this.#folded!, this.#size.pairs)
    this.#size.folded(delta.isFull && !this.#folding.isEmpty)
    this.#unpause()
    await this.#send(delta)
  }

  #unpause(): void {
    if (!this.#paused || this.#reader.waitingBytes >= RESUME_BELOW_BYTES) return
    this.#paused = false
    this.#o.resume()
  }

  async #send(delta: Delta): Promise<void> {
    const { source, nowMs } = this.#o
    const passedMs = Math.min(delta.clockBeforeMs ?? -1, nowMs())
    const ask = this.#due.question(passedMs)
    const answers = await this.#folding.load(delta, ask, nowMs())
    const retired =
      ask.length > 0 ? this.#due.answer(answers[0] as Buffer[], passedMs) : { suffixes: [], members: [] }
    const { state } = delta
    if (delta.lastRecord)
      state.lastHash = recordHash(state.lastOffset!, delta.lastRecord.key, delta.lastRecord.value)
    if (!offsetsBalance(state))
      throw new Halt(
        'UNEXPLAINED_GAP',
        `the offset ledger does not add up to ${state.next - state.first} at offset ${state.next}`,
      )
    const call = this.#call
    call.begin()
    this.#due.noteAdded(this.#folding.write(delta, call))
    for (const suffix of retired.suffixes) call.remove(suffix)
    if (retired.members.length > 0) call.withoutMembers('due')
    for (const member of retired.members) call.gone(member)
    this.#folding.forget(retired.suffixes)
    const { end, endAtMs } = this.#log.seen
    const fields = positionFields(
      state,
      source,
      { end: Math.max(end, state.next), endAtMs: this.#o.toStoreTime?.(endAtMs) ?? endAtMs },
      this.#rewinds,
    )
    const moves = state.next > delta.base
    const pos = this.#told.changes([...fields, ...(this.#o.tables?.fields(state.next) ?? [])], moves)
    const feedFrom = this.#feed.from(moves ? state.next : null, call.feedBytes, nowMs(), this.isHeard)
    const fence = { def: this.#o.def, rev: this.#rev }
    const request = call.finish(fence, { base: delta.base, next: state.next, pos, feedFrom })
    const report = reportOf(delta, this.#folding.folded, this.#folded!.events)
    this.#size.made(report.pairs, request.length)
    this.#folded = copyState(state)
    await this.#calls.room()
    if (this.#calls.trouble) return
    this.#lastSentMs = nowMs()
    this.#calls.send(request, report)
    this.#folding.trim()
    this.#reader.release() // all that the call says of its records is in its bytes
  }

  async #wait(ms: number): Promise<void> {
    if (this.#state !== 'stopped' && !this.#calls.trouble) await this.#wake.wait(ms)
  }
}
