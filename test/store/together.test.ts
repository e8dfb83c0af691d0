/** Calls of one turn of the event loop reach the socket in one write. */
import { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Together } from '../../store/connection/together.ts'

function socket(): { stream: Writable; writes: string[] } {
  const writes: string[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(chunk.toString())
      done()
    },
    writev: (chunks, done) => {
      writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)).toString())
      done()
    },
  })
  return { stream, writes }
}

test('what is sent in one turn is one write of each connection, in order; the next turn is another one', async () => {
  const together = new Together()
  const [one, other] = [socket(), socket()]
  for (const text of ['a', 'b', 'c']) {
    await Promise.resolve() // a microtask is no turn
    together.hold(one.stream)
    one.stream.write(text)
  }
  together.hold(other.stream)
  other.stream.write('x')
  expect([one.writes, other.writes]).toEqual([[], []])
  await turn()
  expect([one.writes, other.writes]).toEqual([['abc'], ['x']])
  together.hold(one.stream)
  one.stream.write('d')
  await turn()
  expect(one.writes).toEqual(['abc', 'd'])
  together.hold(undefined)
})
