/** What is computed together goes out in one write to each reader, and nothing waits long for it. */
import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { EventStream, Held } from '../../../query-api/live/event-stream.ts'
import { Frame } from '../../../query-api/live/frame.ts'
import { Outbox } from '../../../query-api/live/outbox.ts'

function fake() {
  const told: string[] = []
  const waits: { ms: number; work: () => void }[] = []
  const clock = { ms: 0 }
  const outbox = new Outbox({
    now: () => clock.ms,
    after(ms, work) {
      const wait = { ms, work }
      waits.push(wait)
      return () => void waits.splice(waits.indexOf(wait), 1)
    },
  })
  const costs = { ms: 0 }
  const one = { flush: () => void (told.push('write'), (clock.ms += costs.ms)) }
  return { outbox, one, told, waits, clock, costs }
}

test('one query alone waits for nothing; several wait for the last of them', () => {
  const { outbox, one, told, waits } = fake()
  outbox.begin()
  outbox.add(one)
  outbox.end(() => told.push('first'))
  expect(told).toEqual(['write', 'first'])
  outbox.begin()
  outbox.begin()
  outbox.add(one)
  outbox.end(() => told.push('second'))
  outbox.add(one)
  outbox.end(() => told.push('third'))
  expect(told.slice(2)).toEqual(['write', 'second', 'third'])
  expect(waits).toEqual([])
})

test('where others go on, a frame waits 5 ms: for the next that is done, or for the timer', () => {
  const { outbox, one, told, waits, clock } = fake()
  for (let n = 0; n < 3; n++) outbox.begin()
  outbox.add(one)
  clock.ms = 4
  outbox.end(() => told.push('first'))
  expect(told).toEqual([])
  clock.ms = 5
  outbox.end(() => told.push('second'))
  expect(told).toEqual(['write', 'first', 'second'])
  outbox.add(one)
  expect(waits.map(({ ms }) => ms)).toEqual([5])
  waits[0]!.work()
  expect([told.at(-1), waits.length]).toEqual(['write', 0])
})

test('where a write takes long, it waits for more to be written: twice as long, at most 30 ms', () => {
  const { outbox, one, waits, costs } = fake()
  outbox.begin()
  for (const [ms, heldMs] of [
    [9, 18],
    [100, 30],
    [1, 5],
  ] as const) {
    costs.ms = ms
    outbox.add(one)
    outbox.flush()
    outbox.add(one)
    expect(waits.map((wait) => wait.ms)).toEqual([heldMs])
    outbox.gone(one)
    outbox.flush()
  }
})

test('a query without news is done at once; what nobody computes goes out in the next turn', () => {
  const { outbox, one, told, waits } = fake()
  outbox.begin()
  outbox.begin()
  outbox.end(() => told.push('nothing new'))
  expect(told).toEqual(['nothing new'])
  outbox.end(() => undefined)
  outbox.add(one)
  outbox.gone(one)
  outbox.add(one)
  expect(waits.map(({ ms }) => ms)).toEqual([0])
})

test('frames of a turn are one write, in order, and whoever reads is not taken for slow', () => {
  const writes: string[] = []
  const socket = new Writable({
    highWaterMark: 16_384,
    decodeStrings: false,
    write: (chunk: Buffer, _, done) => (writes.push(chunk.toString()), done()),
    writev: (chunks, done) => (writes.push(chunks.map(({ chunk }) => String(chunk)).join('')), done()),
  })
  const outbox = new Outbox()
  const response = { socket, on: () => response, destroy: () => undefined, end: () => undefined }
  const stream = new EventStream(response as unknown as ServerResponse, {
    resend: () => expect.unreachable(),
    idOf: (_, frame) => String(frame.number),
    closed: () => undefined,
    held: new Held(),
    outbox,
  })
  const frames = Array.from({ length: 24 }, (_, n) => new Frame('patch', Buffer.alloc(6000, 97), n))
  for (const [q, frame] of frames.entries()) stream.send(q, frame)
  outbox.flush()
  expect([writes.length, stream.isBlocked]).toEqual([1, false])
  expect(writes[0]!.match(/id: \d+/g)).toEqual(frames.map(({ number }) => `id: ${number}`))
})
