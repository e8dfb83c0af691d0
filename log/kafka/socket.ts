/**
 * Sockets for the client library that read an answer where it will lie. As shipped it joins the 64 KB pieces of an answer, so each fetched byte was copied
 * once more and each piece was a buffer of its own; here the size stands in front, the buffer is made for it, and the kernel writes into that.
 */
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import { answerBuffers } from './answer-buffers.ts'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'

const KEEP_ALIVE_DELAY_MS = 60_000
const SIZE_BYTES = 4
const SMALL_BYTES = 64 * 1024
/** Whatever claims more is no Kafka. */
const MOST_BYTES = 1024 * 1024 * 1024

export interface SocketWanted {
  host: string
  port: number
  ssl?: ConnectionOptions | boolean
  onConnect: () => void
}

/** As kafkajs asks for one. Its `data` are whole answers, each with its size in front. */
export function openSocket({ host, port, ssl, onConnect }: SocketWanted): Socket {
  const answers = new Answers(
    (answer) => socket.emit('data', answer),
    (bytes) =>
      socket.destroy(
        new Error(`${host}:${port} does not speak Kafka's protocol (an answer of ${bytes} bytes)`),
      ),
  )
  const onread: OnReadOpts = { buffer: () => answers.room(), callback: (read) => answers.took(read) }
  const place = { host, port, onread }
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket: Socket = !ssl
    ? connect(place, onConnect)
    : connectTls({ ...name, ...(ssl === true ? {} : ssl), ...place } as ConnectionOptions, onConnect)
  return socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
}

/** Pieces of a stream to whole answers. */
export class Answers {
  readonly #give: (answer: Buffer) => void
  readonly #refuse: (bytes: number) => void
  /** Small answers, and the beginnings of large ones; what is given of it is copied. */
  readonly #small = Buffer.allocUnsafeSlow(SMALL_BYTES)
  #from = 0
  #to = 0
  /** The large answer under way. */
  #large: Buffer | null = null
  #filled = 0

  constructor(give: (answer: Buffer) => void, refuse: (bytes: number) => void) {
    this.#give = give
    this.#refuse = refuse
  }

  /** Where the next bytes are to be put. */
  room(): Buffer {
    return this.#large === null ? this.#small.subarray(this.#to) : this.#large.subarray(this.#filled)
  }

  /** So many bytes were put there. False: nothing more is wanted. */
  took(read: number): boolean {
    if (this.#large === null) {
      this.#to += read
      return this.#takeSmall()
    }
    this.#filled += read
    if (this.#filled === this.#large.length) {
      const answer = this.#large
      this.#large = null
      this.#give(answer)
    }
    return true
  }

  #takeSmall(): boolean {
    const small = this.#small
    while (this.#to - this.#from >= SIZE_BYTES) {
      const bytes = small.readInt32BE(this.#from)
      if (bytes < 0 || bytes > MOST_BYTES) {
        this.#refuse(bytes)
        return false
      }
      const end = this.#from + SIZE_BYTES + bytes
      if (end > this.#to) {
        if (end - this.#from > SMALL_BYTES / 4) this.#beginLarge(end - this.#from)
        break
      }
      const answer = Buffer.from(small.subarray(this.#from, end))
      this.#from = end
      this.#give(answer)
    }
    if (this.#from > 0) {
      small.copyWithin(0, this.#from, this.#to)
      this.#to -= this.#from
      this.#from = 0
    }
    return true
  }

  #beginLarge(bytes: number): void {
    this.#large = answerBuffers.take(bytes)
    this.#filled = this.#small.copy(this.#large, 0, this.#from, this.#to)
    this.#from = this.#to = 0
  }
}
