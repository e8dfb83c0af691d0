/** From the client to the engine: bytes go through as they come, cut only where the hold needs it. A command that has to wait stays here, and the client is not read. */
import type { CommandKinds, CommandKind } from './command-kinds.ts'
import { readHead, type RequestHead } from './request-head.ts'
import { RespWalk } from './resp-walk.ts'
import { QUEUED_WRITE, READ, WRITE, type Expected, type Talk } from './talk.ts'

/** What the engine answers with an error wherever it comes, and what ends a transaction that it comes in. */
const NO_COMMAND = Buffer.from('*1\r\n$4\r\nECHO\r\n')
const EMPTY = Buffer.alloc(0)

const needs: Readonly<Record<CommandKind, 'nothing' | 'no-open-write' | 'quiet'>> = {
  read: 'nothing',
  write: 'nothing',
  exec: 'nothing',
  discard: 'nothing',
  hello: 'nothing',
  refused: 'nothing',
  'blocking-read': 'no-open-write',
  'blocking-write': 'no-open-write',
  multi: 'no-open-write',
  subscribe: 'quiet',
  unsubscribe: 'quiet',
  reset: 'quiet',
  quit: 'quiet',
  monitor: 'quiet',
}

/**
 * A client may stall inside a command, and while a piece of one is with the engine it cannot be asked for the writes before it. So a piece up to this size stays here until the
 * rest comes,
 */
const PIECE_BYTES_MAX = 16 * 1024
/** and one with a value of which so much is still to come waits until the writes before it are answered. In between pieces go through: to wait there would cost a pipeline of such values more. */
const STILL_TO_COME_MAX_BYTES = 1024 * 1024

export interface RequestPorts {
  readonly kinds: CommandKinds
  readonly bulkBytesMax: number
  readonly send: (bytes: Buffer) => void
  readonly counted: (what: 'read' | 'write' | 'refused') => void
  /** The client speaks while MONITOR runs: there is nothing that it could be told. */
  readonly leave: () => void
}

export class Requests {
  readonly #talk: Talk
  readonly #ports: RequestPorts
  readonly #walk: RespWalk
  #bytes: Buffer = EMPTY
  /** The command that is being walked over does not go out. */
  #isSwallowing = false
  /** A piece of the command that is being walked over went out. */
  #isBegun = false

  constructor(talk: Talk, ports: RequestPorts) {
    this.#talk = talk
    this.#ports = ports
    this.#walk = new RespWalk(ports.bulkBytesMax)
  }

  /** A whole command lies here and waits for its turn. */
  isWaiting = false

  /** Throws RespError. */
  take(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    this.go()
  }

  /** Sends what may go. Throws RespError, once everything before the fault went out. */
  go(): void {
    const bytes = this.#bytes
    const { bulkBytesMax, kinds } = this.#ports
    this.isWaiting = false
    /** From `from` to `at`: to be sent in one piece. */
    let [from, at] = [0, 0]
    const flush = (): void => {
      if (at > from) this.#ports.send(from === 0 && at === bytes.length ? bytes : bytes.subarray(from, at))
    }
    try {
      while (at < bytes.length) {
        let end = -1
        if (this.#isBegun) end = this.#walk.advance(bytes, at)
        else {
          const head = readHead(bytes, at, bulkBytesMax, kinds.isWordy)
          if (head === null) break
          if (head.words === 0) {
            flush()
            from = at += head.bytes
            continue
          }
          const kind = this.#kindOf(head)
          if (this.#talk.isRaw) return this.#ports.leave()
          if (!this.#talk.mayGo(needs[kind])) {
            this.isWaiting = true
            break
          }
          if (!head.isInline) {
            end = this.#walk.advance(bytes, at)
            if (end < 0 && this.#staysHere(bytes.length - at)) break
          }
          this.#talk.sent(this.#expect(kind, head))
          if (kind === 'refused') {
            flush()
            from = at
            this.#ports.send(NO_COMMAND)
            this.#isSwallowing = true
          }
          if (head.isInline) {
            at += head.bytes
            if (this.#isSwallowing) from = at
            this.#isSwallowing = false
            continue
          }
        }
        at = end < 0 ? bytes.length : end
        this.#isBegun = end < 0
        if (this.#isSwallowing) from = at
        if (end >= 0) this.#isSwallowing = false
      }
    } catch (error) {
      flush()
      if (this.#isBegun && !this.#isSwallowing) this.#talk.unsent()
      throw error
    }
    flush()
    this.#bytes = at === bytes.length ? EMPTY : bytes.subarray(at)
  }

  /** Of a piece of a command, from its beginning: whether it goes out later. It is walked over again then. */
  #staysHere(pieceBytes: number): boolean {
    const isSmall = pieceBytes <= PIECE_BYTES_MAX
    const isSlow = this.#walk.stillToComeBytes > STILL_TO_COME_MAX_BYTES && this.#talk.openWrites > 0
    if (!isSmall && !isSlow) return false
    this.#walk.forget()
    this.isWaiting = !isSmall
    return true
  }

  /** In a transaction some are refused that the engine would take, because nobody could tell their answers apart. */
  #kindOf(head: RequestHead): CommandKind {
    const kind = this.#ports.kinds.kindOf(head)
    const isOdd = kind === 'subscribe' || kind === 'unsubscribe' || kind === 'hello' || kind === 'monitor'
    return this.#talk.isInMulti && isOdd ? 'refused' : kind
  }

  #expect(kind: CommandKind, head: RequestHead): Expected {
    const talk = this.#talk
    const isWrite = kind === 'write' || kind === 'blocking-write'
    const isWritingExec = kind === 'exec' && talk.multiHasWrites
    this.#ports.counted(kind === 'refused' ? 'refused' : isWrite || isWritingExec ? 'write' : 'read')
    if (isWrite && talk.isInMulti) {
      talk.multiHasWrites = true
      return QUEUED_WRITE
    }
    switch (kind) {
      case 'write':
        return WRITE
      case 'blocking-write':
        return { kind: 'write', isBlocking: true, mayBeNothing: true }
      case 'blocking-read':
        return { kind: 'read', isBlocking: true }
      // With a word too many the engine refuses them; EXEC ends a transaction even so.
      case 'multi':
        talk.isInMulti ||= head.words === 1
        return READ
      case 'exec':
      case 'discard':
        if (kind === 'discard' && head.words > 1) return READ
        talk.isInMulti = talk.multiHasWrites = false
        return isWritingExec ? { kind: 'write', mayBeNothing: true } : READ
      case 'subscribe':
      case 'unsubscribe':
        return { kind: 'confirm', left: talk.subscriptions.confirmationsOf(head.name, head.words) }
      case 'hello':
        return head.word === '3' || head.word === '2'
          ? { kind: 'hello', protocol: head.word === '3' ? 3 : 2 }
          : READ
      case 'reset':
        return { kind: 'reset' }
      case 'monitor':
        return { kind: 'monitor' }
      case 'refused':
        return { kind: 'read', substitute: refusal(head, talk.isInMulti) }
      default:
        return READ
    }
  }
}

function refusal({ name }: RequestHead, isInMulti: boolean): Buffer {
  const why =
    name === 'client'
      ? 'CLIENT REPLY: who wants no answers cannot be told what is on disk'
      : isInMulti
        ? `${name.toUpperCase()} inside MULTI`
        : `${name.toUpperCase()}: replicas speak to the engine itself`
  return Buffer.from(`-ERR the durable endpoint does not take ${why}\r\n`)
}
