import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { Reader, Writer } from '../../embedded/broker/protocol/codec.ts'
import { Frames } from '../../embedded/broker/frames.ts'

/** A client that says exactly what a test wants said, right or wrong. */
export interface Wire {
  readonly socket: Socket
  /** Resolves when the broker has closed the connection. */
  readonly closed: Promise<void>
  /** Sends a request; does not wait. */
  send(key: number, version: number, body: (writer: Writer) => void): number
  /** The next response: its correlation id, and its body. */
  next(): Promise<{ correlation: number; body: Reader }>
  ask(key: number, version: number, body: (writer: Writer) => void): Promise<Reader>
  /** The same in the flexible form: compact lengths, tagged fields. */
  askFlexible(key: number, version: number, body: (writer: Writer) => void): Promise<Reader>
}

export async function wireTo(port: number): Promise<Wire> {
  const socket = connect({ host: '127.0.0.1', port })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise((resolve) => socket.once('connect', resolve))
  const frames = new Frames(2 ** 30)
  const arrived: Buffer[] = []
  const waiting: ((frame: Buffer) => void)[] = []
  socket.on('data', (chunk: Buffer) => {
    for (const frame of frames.take(chunk)) {
      const take = waiting.shift()
      if (take === undefined) arrived.push(frame)
      else take(frame)
    }
  })
  let correlation = 0
  const wire: Wire = {
    socket,
    closed,
    send(key, version, body) {
      const writer = new Writer().int16(key).int16(version).int32(++correlation).nullableString('test')
      body(writer)
      const { parts, sizeBytes } = writer.finish()
      const size = Buffer.alloc(4)
      size.writeInt32BE(sizeBytes)
      socket.write(Buffer.concat([size, ...parts]))
      return correlation
    },
    async next() {
      const frame = arrived.shift() ?? (await new Promise<Buffer>((resolve) => waiting.push(resolve)))
      const body = new Reader(frame)
      return { correlation: body.int32(), body }
    },
    async ask(key, version, body) {
      wire.send(key, version, body)
      return (await wire.next()).body
    },
    async askFlexible(key, version, body) {
      const flexible = new Writer(true)
      body(flexible)
      flexible.tags()
      const [size, head] = [
        Buffer.alloc(4),
        new Writer().int16(key).int16(version).int32(++correlation).nullableString('test').finish(),
      ]
      const rest = flexible.finish()
      size.writeInt32BE(head.sizeBytes + 1 + rest.sizeBytes)
      socket.write(Buffer.concat([size, ...head.parts, Buffer.from([0]), ...rest.parts]))
      const { body: answer } = await wire.next()
      answer.flexible = true
      if (key !== 18) answer.tags() // the head of an ApiVersions answer never has them
      return answer
    },
  }
  return wire
}

/** The body of a Produce v7 to one partition. */
export const producing =
  (topic: string, records: Buffer, acks = -1) =>
  (w: Writer): void => {
    w.nullableString(null).int16(acks).int32(1000)
    w.array([topic], (x, name) => x.string(name).array([0], (y, index) => y.int32(index).bytes(records)))
  }

/** What a Produce v7 said of its one partition. */
export function produced(body: Reader): { error: number; baseOffset: number } {
  const [topic] = body.array((r) => {
    r.string()
    return r.array((p) => {
      p.int32()
      const said = { error: p.int16(), baseOffset: p.int64() }
      p.int64()
      p.int64()
      return said
    })
  })
  return topic![0]!
}

export interface Ask {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
}

/** The body of a Fetch v11. */
export const fetching =
  (asks: readonly Ask[], limits: { minBytes: number; maxWaitMs: number; maxBytes: number }) =>
  (w: Writer): void => {
    w.int32(-1)
      .int32(limits.maxWaitMs)
      .int32(limits.minBytes)
      .int32(limits.maxBytes)
      .int8(0)
      .int32(0)
      .int32(-1)
    w.array(asks, (x, ask) =>
      x
        .string(ask.topic)
        .array([ask], (y, a) => y.int32(a.partition).int32(-1).int64(a.offset).int64(-1).int32(a.maxBytes)),
    )
    w.int32(0).string('')
  }

/** What a Fetch v11 said, partition by partition. */
export function fetched(
  body: Reader,
): { error: number; logEnd: number; logStart: number; records: Buffer }[] {
  body.int32()
  if (body.int16() !== 0 || body.int32() !== 0) throw new Error('an error or a session for the whole fetch')
  return body
    .array((r) => {
      r.string()
      return r.array((p) => {
        p.int32()
        const head = { error: p.int16(), logEnd: p.int64() }
        p.int64()
        const logStart = p.int64()
        p.int32()
        p.int32()
        return { ...head, logStart, records: Buffer.from(p.bytes()) }
      })
    })
    .flat()
}
