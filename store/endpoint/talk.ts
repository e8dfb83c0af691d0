/** What both directions of one connection know of each other: commands on their way, writes that nobody vouched for yet, and the mode that the engine has it in. */
import { Subscriptions } from './subscriptions.ts'

/** What is done with the answer of a command. */
export interface Expected {
  readonly kind: 'read' | 'write' | 'queued-write' | 'confirm' | 'hello' | 'reset' | 'monitor'
  /** May take as long as it likes. */
  readonly isBlocking?: true
  /** Answered with nothing it changed nothing: a wait that ran out, a transaction that a watched key ended. */
  readonly mayBeNothing?: true
  /** Said in place of the answer. */
  readonly substitute?: Buffer
  /** Confirmations that are still to come; of `confirm`. */
  left?: number
  /** Of `hello`: the protocol that was asked for. */
  readonly protocol?: 2 | 3
}

export const READ: Expected = { kind: 'read' }
export const WRITE: Expected = { kind: 'write' }
export const QUEUED_WRITE: Expected = { kind: 'queued-write' }

/** Commands that go out before the engine must be asked for their disk. */
const BATCH_COMMANDS_MAX = 1000
/** Answered commands that a queue may keep in front before it is cut. */
const QUEUE_SLACK = 1024

export class Talk {
  readonly subscriptions = new Subscriptions()
  protocol: 2 | 3 = 2
  isInMulti = false
  multiHasWrites = false
  /** Everything that comes is passed on: MONITOR. */
  isRaw = false
  /** The engine has been asked for its disk and has not said yet. */
  isConfirming = false
  /** No further command goes out. */
  isStopped = false
  /** Writes on their way, or answered and held. */
  openWrites = 0
  #batchCommands = 0
  #queue: Expected[] = []
  #first = 0
  #blocking = 0
  #exclusive = false

  get outstanding(): number {
    return this.#queue.length - this.#first
  }

  get isQuiet(): boolean {
    return this.outstanding === 0 && this.openWrites === 0 && !this.isConfirming
  }

  /** It may stay as it is for ever, and nobody is owed anything. */
  get isWaitingForOthers(): boolean {
    return this.isRaw || this.subscriptions.isListening || this.#blocking > 0
  }

  get head(): Expected | undefined {
    return this.#queue[this.#first]
  }

  /** Whether a command may go out that needs: nothing; no write without its disk; or nobody before it. */
  mayGo(needs: 'nothing' | 'no-open-write' | 'quiet'): boolean {
    if (this.isStopped || this.isConfirming || this.#exclusive) return false
    if (needs === 'quiet') return this.isQuiet
    return this.openWrites === 0 || (needs === 'nothing' && this.#batchCommands < BATCH_COMMANDS_MAX)
  }

  sent(expected: Expected): void {
    this.#queue.push(expected)
    const { kind } = expected
    if (kind === 'write' || kind === 'queued-write') this.openWrites++
    this.#batchCommands = this.openWrites === 0 ? 0 : this.#batchCommands + 1
    if (expected.isBlocking) this.#blocking++
    if (kind === 'confirm' || kind === 'reset' || kind === 'monitor') this.#exclusive = true
  }

  /** The command that was begun last will never be whole. */
  unsent(): void {
    const expected = this.#queue.pop()
    if (expected?.isBlocking) this.#blocking--
  }

  answered(): void {
    const expected = this.#queue[this.#first++]!
    if (expected.isBlocking) this.#blocking--
    if (expected.kind === 'confirm' || expected.kind === 'reset' || expected.kind === 'monitor')
      this.#exclusive = false
    const isHalf = this.#first > QUEUE_SLACK && this.#first * 2 > this.#queue.length
    if (this.#first === this.#queue.length || isHalf) {
      this.#queue = this.#queue.slice(this.#first)
      this.#first = 0
    }
  }

  /** Those that nobody answered yet, in order. */
  unanswered(): readonly Expected[] {
    return this.#queue.slice(this.#first)
  }

  /** The batch is over. */
  settled(): void {
    this.openWrites = 0
    this.#batchCommands = 0
  }
}
