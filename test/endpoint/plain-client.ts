/** A client that sends bytes as a test wrote them and shows the bytes that came, in order. */
import { connect, type Socket } from 'node:net'
import { RespWalk } from '../../store/endpoint/resp-walk.ts'

export interface PlainClient {
  readonly socket: Socket
  /** Words as one command. */
  send(...commands: readonly (readonly (string | Buffer)[])[]): void
  raw(bytes: string | Buffer): void
  /** The next values, as text. */
  next(values: number): Promise<string[]>
  /** What came and was not taken yet. */
  readonly pending: number
  readonly closed: Promise<void>
  close(): void
}

export function encode(words: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.flatMap((word) => [
      Buffer.from(`$${Buffer.byteLength(word)}\r\n`),
      Buffer.from(word as string),
      Buffer.from('\r\n'),
    ]),
  ])
}

export async function plainClient(port: number, given?: Socket): Promise<PlainClient> {
  const socket = given ?? connect(port, '127.0.0.1')
  if (given === undefined)
    await new Promise((done, failed) => socket.once('connect', done).once('error', failed))
  socket.on('error', () => undefined)
  const walk = new RespWalk()
  const values: string[] = []
  let heard = (): void => undefined
  let begun: Buffer[] = [] // of the value that is not whole yet
  socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) {
      const end = walk.advance(bytes, at)
      begun.push(bytes.subarray(at, end < 0 ? bytes.length : end))
      if (end < 0) break
      values.push(Buffer.concat(begun).toString('utf8'))
      begun = []
      at = end
    }
    heard()
  })
  let isClosed = false
  const closed = new Promise<void>((done) =>
    socket.once('close', () => {
      isClosed = true
      heard()
      done()
    }),
  )
  return {
    socket,
    send: (...commands) => void socket.write(Buffer.concat(commands.map(encode))),
    raw: (bytes) => void socket.write(bytes),
    async next(count) {
      while (values.length < count) {
        if (isClosed) throw new Error(`closed; what came: ${JSON.stringify(values)}`)
        await new Promise<void>((done) => (heard = done))
      }
      return values.splice(0, count)
    },
    get pending() {
      return values.length
    },
    closed,
    close: () => socket.destroy(),
  }
}
