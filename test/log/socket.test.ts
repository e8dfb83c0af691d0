/** The sockets that answers of Kafka come by: whole answers, however they were cut on their way. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { Answers, openSocket } from '../../log/kafka/socket.ts'

/** TLS by a key that both sides have: no certificate is needed. */
const shared = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
const psk = Buffer.alloc(32, 7)

const answerOf = (length: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(4 + length)
  bytes.writeInt32BE(length)
  for (let at = 4; at < bytes.length; at++) bytes[at] = (seed + at * 31) & 0xff
  return bytes
}

test('answers come whole and in order, whatever pieces arrive', () => {
  const length = fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 16_000, max: 17_000 }),
    fc.integer({ min: 65_520, max: 65_550 }),
    fc.constant(130_000),
  )
  fc.assert(
    fc.property(
      fc.array(length, { maxLength: 6 }),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 3000, max: 90_000 })), {
        minLength: 3,
        maxLength: 9,
      }),
      (lengths, pieces) => {
        const sent = lengths.map(answerOf)
        const all = Buffer.concat(sent)
        const got: Buffer[] = []
        const answers = new Answers(
          (answer) => got.push(answer),
          () => expect.unreachable(),
        )
        for (let at = 0, piece = 0; at < all.length; piece++) {
          const room = answers.room()
          const read = all.copy(
            room,
            0,
            at,
            at + Math.min(pieces[piece % pieces.length]! + (piece & 1) * 500, room.length),
          )
          if (read === 0 || !answers.took(read)) break
          at += read
        }
        expect(got.length).toBe(sent.length)
        for (const [n, answer] of got.entries()) expect(answer.equals(sent[n]!)).toBe(true)
      },
    ),
    { numRuns: 100 },
  )
})

describe('over a socket', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  async function read(ssl: boolean, send: (socket: Socket) => void | Promise<void>): Promise<Buffer[]> {
    const serve = (socket: Socket): void => void Promise.resolve(send(socket)).then(() => socket.end())
    const server = ssl ? createTlsServer({ ...shared, pskCallback: () => psk }, serve) : createServer(serve)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const got: Buffer[] = []
    const socket = openSocket({
      host: '127.0.0.1',
      port,
      onConnect: () => undefined,
      ...(ssl
        ? {
            ssl: {
              ...shared,
              pskCallback: () => ({ psk, identity: 'test' }),
              checkServerIdentity: () => undefined,
            },
          }
        : {}),
    })
    closing.push(() => socket.destroy())
    socket.on('data', (answer: Buffer) => got.push(answer))
    await once(socket, 'end') // an error rejects
    return got
  }

  test.each([
    ['plain', false],
    ['TLS', true],
  ])('%s: each answer is one piece, and its end is heard', async (_, ssl) => {
    const sent = [answerOf(10, 1), answerOf(3_000_000, 2), answerOf(70_000, 3), answerOf(5, 4)]
    const got = await read(ssl, async (socket) => {
      socket.write(Buffer.concat(sent).subarray(0, 15))
      await sleep(20)
      socket.write(Buffer.concat(sent).subarray(15))
    })
    expect(got.map(({ length }) => length)).toEqual(sent.map(({ length }) => length))
    expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true)
  })

  test('whoever is no Kafka is told from one', async () => {
    await expect(
      read(false, (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ).rejects.toThrow(/does not speak Kafka's protocol/)
  })
})
