/** What a produce may hold, byte for byte. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { errorCode } from '../../embedded/broker/protocol/errors.ts'
import { batchOf } from './batches.ts'
import { produced, producing, wireTo } from './wire.ts'
import { broker, dataDir, said, topicOf } from './wire-broker.ts'

describe('a produce', () => {
  const batch = batchOf({ values: ['value'] })
  const flipped = Buffer.from(batch)
  flipped[flipped.length - 1]! ^= 1
  const old = Buffer.from(batch)
  old.writeInt8(1, 16)
  const cases: [what: string, bytes: Buffer, error: Parameters<typeof errorCode>[0]][] = [
    ['a wrong checksum', flipped, 'CORRUPT_MESSAGE'],
    ['a cut batch', batch.subarray(0, batch.length - 3), 'CORRUPT_MESSAGE'],
    ['nothing', Buffer.alloc(0), 'CORRUPT_MESSAGE'],
    ['an old message format', old, 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
    ['two batches', Buffer.concat([batch, batch]), 'INVALID_RECORD'],
    ['a control batch', batchOf({ values: ['x'], attributes: 0x20 }), 'INVALID_RECORD'],
    ['a transaction', batchOf({ values: ['x'], attributes: 0x10 }), 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
    ['one record that says it is a thousand', batchOf({ values: ['x'], claims: 1000 }), 'INVALID_RECORD'],
    [
      'three records that say they are two',
      batchOf({ values: ['x', 'y', 'z'], claims: 2 }),
      'INVALID_RECORD',
    ],
    ['offsets with a hole', batchOf({ values: ['x', 'y'], deltas: [0, 2] }), 'INVALID_RECORD'],
    ['an offset twice', batchOf({ values: ['x', 'y'], deltas: [0, 0] }), 'INVALID_RECORD'],
    [
      'bytes behind the records',
      batchOf({ values: ['x'], pack: (r) => Buffer.concat([r, r]) }),
      'INVALID_RECORD',
    ],
    [
      'a record that is cut',
      batchOf({ values: ['x'.repeat(50)], pack: (r) => r.subarray(0, 20) }),
      'INVALID_RECORD',
    ],
    [
      'a header count that lies',
      batchOf({ values: ['x'], pack: (r) => Buffer.concat([r.subarray(0, -1), Buffer.from([0x40])]) }),
      'INVALID_RECORD',
    ],
    ['no records at all', batchOf({ values: ['x'], pack: () => Buffer.alloc(0) }), 'INVALID_RECORD'],
    [
      'gzip that is none',
      batchOf({ values: ['x'], attributes: 1, pack: () => Buffer.from('not gzip at all') }),
      'CORRUPT_MESSAGE',
    ],
    [
      'snappy that is none',
      batchOf({ values: ['x'], attributes: 2, pack: () => Buffer.from('not snappy at all') }),
      'CORRUPT_MESSAGE',
    ],
    [
      'lz4 that is none',
      batchOf({ values: ['x'], attributes: 3, pack: () => Buffer.from('not lz4 at all') }),
      'CORRUPT_MESSAGE',
    ],
    [
      'zstd that is none',
      batchOf({ values: ['x'], attributes: 4, pack: () => Buffer.from('not zstd at all') }),
      'CORRUPT_MESSAGE',
    ],
    [
      'gzip cut short',
      batchOf({ values: ['x'.repeat(500)], attributes: 1, pack: (r) => gzipSync(r).subarray(0, -12) }),
      'CORRUPT_MESSAGE',
    ],
    [
      'gzip of fewer records than it says',
      batchOf({ values: ['x', 'y'], attributes: 1, claims: 100, pack: gzipSync }),
      'INVALID_RECORD',
    ],
    [
      'a bomb that claims 2^31 - 1 records',
      batchOf({
        values: ['x'],
        attributes: 1,
        claims: 2 ** 31 - 1,
        pack: () => gzipSync(Buffer.alloc(70_000_000)),
      }),
      'INVALID_RECORD',
    ],
    [
      'a bomb of 200 MB',
      batchOf({ values: ['x'], attributes: 1, pack: () => gzipSync(Buffer.alloc(200_000_000)) }),
      'MESSAGE_TOO_LARGE',
    ],
    ['an unknown codec', batchOf({ values: ['x'], attributes: 7 }), 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['too much', batchOf({ values: ['x'.repeat(2 ** 20)] }), 'MESSAGE_TOO_LARGE'],
  ]
  test.each(cases)('of %s is refused and leaves nothing behind', async (_, bytes, error) => {
    const wire = await wireTo(broker.port)
    const topic = await topicOf(wire)
    expect(produced(await wire.ask(0, 7, producing(topic, bytes)))).toEqual({
      error: errorCode(error),
      baseOffset: -1,
    })
    for (const name of await readdir(join(dataDir, `${topic}-0`)))
      expect((await stat(join(dataDir, `${topic}-0`, name))).size).toBe(0)
    expect(produced(await wire.ask(0, 7, producing(topic, batch)))).toEqual({ error: 0, baseOffset: 0 })
  })

  test('to nowhere, or with strange acks, is refused', async () => {
    const wire = await wireTo(broker.port)
    const topic = await topicOf(wire)
    expect(produced(await wire.ask(0, 7, producing('no-such-topic', batch))).error).toBe(
      errorCode('UNKNOWN_TOPIC_OR_PARTITION'),
    )
    expect(produced(await wire.ask(0, 7, producing(topic, batch, 5))).error).toBe(
      errorCode('INVALID_REQUIRED_ACKS'),
    )
  })
})

describe('a produce with acks 0', () => {
  test.each([
    ['to nowhere', 'no-such-topic', batchOf({ values: ['x'] })],
    ['of a batch that is refused', '', batchOf({ values: ['x'], claims: 7 })],
  ])('%s ends the connection, with a line in the log', async (_, name, bytes) => {
    const wire = await wireTo(broker.port)
    const topic = name === '' ? await topicOf(wire) : name
    wire.send(0, 7, producing(topic, bytes, 0))
    await wire.closed
    expect(said.some((line) => line.includes('acks 0, and not written'))).toBe(true)
    said.length = 0
  })
})

describe('an idempotent producer', () => {
  test('hears that a batch which only overlaps the last one is out of order, and that a true repeat is written', async () => {
    const wire = await wireTo(broker.port)
    const topic = await topicOf(wire)
    const send = async (sequence: number, values: string[]) =>
      produced(await wire.ask(0, 7, producing(topic, batchOf({ values, producerId: 5, epoch: 0, sequence }))))
    expect(await send(0, ['a', 'b', 'c'])).toEqual({ error: 0, baseOffset: 0 })
    expect((await send(1, ['b', 'c', 'd'])).error).toBe(errorCode('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    expect((await send(0, ['a'])).error).toBe(errorCode('OUT_OF_ORDER_SEQUENCE_NUMBER'))
    expect(await send(0, ['a', 'b', 'c'])).toEqual({ error: 0, baseOffset: 0 })
    expect(await send(3, ['d'])).toEqual({ error: 0, baseOffset: 3 })
  })
})
