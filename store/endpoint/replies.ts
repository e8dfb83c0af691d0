/** From the engine to the client: every value is told apart, the answers of writes are held with all that comes behind them, and the rest goes through as it comes. */
import type { Held } from './held.ts'
import { RespError, RespWalk } from './resp-walk.ts'
import type { Expected, Talk } from './talk.ts'

const [PUSH, LIST, ERROR, STATUS] = [0x3e, 0x2a, 0x2d, 0x2b]
const QUEUED = Buffer.from('+QUEUED\r\n')
const nothing = new Set(['$-1\r\n', '*-1\r\n', '_\r\n'])

export interface ReplyPorts {
  readonly pass: (bytes: Buffer) => void
  /** The engine says what is on disk. */
  readonly confirmed: (answer: Buffer) => void
}

/** What a value turned out to be where it begins. */
type Route = 'unasked' | 'confirmation' | 'answer'

export class Replies {
  readonly #talk: Talk
  readonly #held: Held
  readonly #ports: ReplyPorts
  readonly #walk = new RespWalk()
  #route: Route = 'answer'
  /** Pieces of a value that must be seen whole; null = it goes through. */
  #pieces: Buffer[] | null = null
  #piecesBytes = 0

  constructor(talk: Talk, held: Held, ports: ReplyPorts) {
    this.#talk = talk
    this.#held = held
    this.#ports = ports
  }

  /** The client has whole values only. */
  get isBetween(): boolean {
    return this.#walk.isBetween
  }

  /** Throws RespError, also where more would have to be kept than may be. */
  take(chunk: Buffer): void {
    /** From `from` to `at`: goes through in one piece. */
    let [from, at] = [0, 0]
    const flush = (): void => {
      if (at > from) this.#pass(chunk.subarray(from, at))
      from = at
    }
    while (at < chunk.length) {
      if (this.#talk.isRaw) {
        at = chunk.length
        break
      }
      const isNew = this.#walk.isBetween
      if (isNew && this.#begin(chunk[at]!)) flush()
      const start = at
      const end = this.#walk.advance(chunk, at)
      at = end < 0 ? chunk.length : end
      if (isNew && end >= 0 && this.#holdPlain(chunk, start, end)) {
        from = at
        continue
      }
      if (this.#pieces !== null) {
        this.#keep(chunk.subarray(start, at))
        from = at
      }
      if (end < 0) break
      if (this.#pieces === null) this.#talk.answered()
      else {
        const value = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
        this.#pieces = null
        this.#whole(value)
      }
    }
    flush()
  }

  /** Decides where the value goes; true = it is kept until it is whole. */
  #begin(type: number): boolean {
    const { head, protocol, subscriptions, isConfirming, outstanding } = this.#talk
    const listens = subscriptions.isListening || head?.kind === 'confirm'
    const mayBeUnasked = type === PUSH || (type === LIST && protocol === 2 && listens)
    this.#route =
      mayBeUnasked || (outstanding === 0 && !isConfirming)
        ? 'unasked'
        : outstanding === 0
          ? 'confirmation'
          : 'answer'
    const goesThrough = this.#route === 'answer' && head!.kind === 'read' && head!.substitute === undefined
    this.#piecesBytes = 0
    this.#pieces = goesThrough ? null : []
    return !goesThrough
  }

  /** The usual answer of a write, whole in one chunk: it is held where it lies. false = it is another one. */
  #holdPlain(chunk: Buffer, from: number, to: number): boolean {
    const { head } = this.#talk
    const isPlain =
      this.#route === 'answer' &&
      (head!.kind === 'write' || head!.kind === 'queued-write') &&
      head!.mayBeNothing === undefined &&
      chunk[from] !== ERROR &&
      (chunk[from] !== STATUS || chunk[from + 1] !== QUEUED[1])
    if (!isPlain) return false
    this.#limit(to - from)
    this.#pieces = null
    this.#talk.answered()
    this.#held.push(chunk, true, from, to)
    return true
  }

  #keep(piece: Buffer): void {
    this.#piecesBytes += piece.length
    this.#limit(this.#piecesBytes)
    this.#pieces!.push(piece)
  }

  #limit(moreBytes: number): void {
    if (!this.#held.hasRoomFor(moreBytes))
      throw new RespError('answers that wait for the disk are larger than the endpoint may keep')
  }

  #whole(value: Buffer): void {
    if (this.#route === 'confirmation') return this.#ports.confirmed(value)
    const { head } = this.#talk
    if (this.#route === 'unasked') {
      const heard = value[0] === PUSH || value[0] === LIST ? this.#talk.subscriptions.heard(value) : 'message'
      if (heard !== 'other' || value[0] === PUSH || head === undefined) {
        if (heard === 'confirmation' && head?.kind === 'confirm' && --head.left! <= 0) this.#talk.answered()
        return this.#pass(value)
      }
    }
    this.#answer(head!, value)
  }

  #answer(expected: Expected, value: Buffer): void {
    const talk = this.#talk
    talk.answered()
    const isError = value[0] === ERROR
    switch (expected.kind) {
      case 'write':
      case 'queued-write': {
        const isQueued = value[0] === STATUS && value.equals(QUEUED)
        if (isQueued && expected.kind === 'write')
          throw new RespError('the engine queues commands of a transaction that nobody saw begin')
        const isNothing = expected.mayBeNothing === true && nothing.has(value.toString('latin1', 0, 6))
        if (!isError && !isQueued && !isNothing) return this.#held.push(value, true)
        talk.openWrites--
        return this.#pass(value)
      }
      case 'hello':
        if (!isError) talk.protocol = expected.protocol!
        return this.#pass(value)
      case 'reset':
        if (!isError) {
          talk.protocol = 2
          talk.isInMulti = talk.multiHasWrites = false
          talk.subscriptions.forget()
        }
        return this.#pass(value)
      case 'monitor':
        talk.isRaw = !isError
        return this.#pass(value)
      default:
        return this.#pass(expected.substitute ?? value)
    }
  }

  #pass(bytes: Buffer): void {
    if (this.#held.isEmpty) return this.#ports.pass(bytes)
    this.#limit(bytes.length)
    this.#held.push(bytes, false)
  }
}
