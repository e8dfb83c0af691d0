/** The same bytes to Apache Kafka and to the embedded broker: what the one refuses the other refuses, with the same number where clients look at it. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect } from 'vitest'
import { batchOf, type Shape } from '../embedded/batches.ts'
import { unique, until } from '../embedded/kafka.ts'
import { produced, producing, wireTo, type Wire } from '../embedded/wire.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { type KafkaServer, startKafka } from '../harness/kafka.ts'
import { locate, needs } from '../harness/needs.ts'

const { describe, test } = needs('java', 'kafka-jars')
const now = Date.now()
const text = (words: string) => (): Buffer => Buffer.from(words)
const producer = (sequence: number, values: string[], epoch = 0): Shape => ({
  values,
  producerId: 4711,
  epoch,
  sequence,
})

/** In this order. The two numbers are Kafka's and ours; where they differ, both are refusals, or the row says why one is not. */
const cases: [what: string, shape: Shape, kafka: number, ours: number][] = [
  ['a good one', { values: ['x'] }, 0, 0],
  ['one record that says it is a thousand', { values: ['x'], claims: 1000 }, 87, 87],
  ['three records that say they are two', { values: ['x', 'y', 'z'], claims: 2 }, 87, 87],
  ['bytes behind the records', { values: ['x'], pack: (r) => Buffer.concat([r, r]) }, 87, 87],
  ['a record that is cut', { values: ['x'.repeat(50)], pack: (r) => r.subarray(0, 20) }, 87, 87],
  [
    'a header count that lies',
    { values: ['x'], pack: (r) => Buffer.concat([r.subarray(0, -1), Buffer.from([0x40])]) },
    87,
    87,
  ],
  ['no records at all', { values: ['x'], pack: () => Buffer.alloc(0) }, 87, 87],
  [
    'gzip of fewer records than it says',
    { values: ['x', 'y'], attributes: 1, claims: 100, pack: gzipSync },
    87,
    87,
  ],
  // Kafka lets these in, and a reader that trusts the offsets is lost in them.
  ['offsets with a hole', { values: ['x', 'y'], deltas: [0, 2] }, 0, 87],
  ['an offset twice', { values: ['x', 'y'], deltas: [0, 0] }, 0, 87],
  // Kafka says "unknown error", which clients send again and again.
  ['gzip that is none', { values: ['x'], attributes: 1, pack: text('not gzip at all') }, -1, 2],
  ['snappy that is none', { values: ['x'], attributes: 2, pack: text('not snappy at all') }, -1, 2],
  ['lz4 that is none', { values: ['x'], attributes: 3, pack: text('not lz4 at all') }, -1, 2],
  ['zstd that is none', { values: ['x'], attributes: 4, pack: text('not zstd at all') }, -1, 2],
  ['an unknown codec', { values: ['x'], attributes: 7 }, -1, 76],
  ['a control batch', { values: ['x'], attributes: 0x20 }, 87, 87],
  ['a transaction without an id', { values: ['x'], attributes: 0x10 }, 53, 53],
  ['the first of a producer', producer(0, ['a', 'b', 'c']), 0, 0],
  ['one that overlaps it', producer(1, ['b', 'c', 'd']), 45, 45],
  ['a part of it', producer(0, ['a']), 45, 45],
  ['it again', producer(0, ['a', 'b', 'c']), 0, 0],
  ['the next one', producer(3, ['d']), 0, 0],
  ['one after a gap', producer(9, ['e']), 45, 45],
  ['another epoch that does not begin at 0', producer(5, ['e'], 1), 45, 45],
  ['another epoch', producer(0, ['e'], 1), 0, 0],
  ['the epoch before', producer(4, ['f'], 0), 47, 47],
  [
    'a producer that nobody knows, in the middle',
    { values: ['a'], producerId: 4712, epoch: 0, sequence: 7 },
    0,
    0,
  ],
  ['two hours ahead', { values: ['a'], timesMs: [now + 7_200_000] }, 32, 32],
  ['no time', { values: ['a'], timesMs: [-1] }, 0, 0],
  ['a time of -2', { values: ['a'], timesMs: [-2] }, 0, 0],
]

describe('Apache Kafka and the embedded broker', () => {
  let kafka: KafkaServer
  let broker: TestBroker
  beforeAll(async () => {
    ;[kafka, broker] = await Promise.all([startKafka(locate('kafka-jars') ?? ''), startTestBroker()])
  }, 120_000)
  afterAll(async () => {
    await kafka?.stop()
    await broker?.stop()
  })

  /** A connection to each, and a topic that both take records for. */
  async function both(): Promise<{ topic: string; wires: readonly [Wire, Wire] }> {
    const wires = [await wireTo(Number(kafka.brokers[0]!.split(':')[1])), await wireTo(broker.port)] as const
    const topic = unique('alike')
    const settings = [
      ['message.timestamp.type', 'CreateTime'],
      ['message.timestamp.after.max.ms', '3600000'],
    ] as const
    for (const wire of wires) {
      await wire.ask(19, 2, (w) => {
        w.array([topic], (x, name) =>
          x
            .string(name)
            .int32(1)
            .int16(1)
            .int32(0)
            .array(settings, (y, [setting, value]) => y.string(setting).nullableString(value)),
        )
        w.int32(10_000).boolean(false)
      })
      await until(
        async () =>
          produced(await wire.ask(0, 7, producing(topic, batchOf({ values: ['begun'] })))).error === 0,
      )
    }
    return { topic, wires }
  }

  test('answer the same batches alike', async () => {
    const { topic, wires } = await both()
    const said: [string, number, number][] = []
    for (const [what, shape] of cases) {
      const [theirs, ours] = [
        produced(await wires[0].ask(0, 7, producing(topic, batchOf(shape)))),
        produced(await wires[1].ask(0, 7, producing(topic, batchOf(shape)))),
      ]
      said.push([what, theirs.error, ours.error])
    }
    expect(said).toEqual(cases.map(([what, , theirs, ours]) => [what, theirs, ours]))
  })

  test('close the connection of a producer that wants no answer and fails', async () => {
    const { topic } = await both()
    for (const port of [Number(kafka.brokers[0]!.split(':')[1]), broker.port]) {
      for (const [to, shape] of [
        [topic, { values: ['x'], claims: 3 }],
        ['nowhere', { values: ['x'] }],
      ] as const) {
        const wire = await wireTo(port)
        wire.send(0, 7, producing(to, batchOf(shape), 0))
        await wire.closed
      }
    }
  })

  test('find the places of a log, by every number that stands for one', async () => {
    const { topic, wires } = await both()
    for (const wire of wires)
      await wire.ask(
        0,
        7,
        producing(topic, batchOf({ values: ['a', 'b', 'c'], timesMs: [now, now + 60_000, now + 1000] })),
      )
    for (const timeMs of [-1, -2, -3, -4, -5, now, now + 1, now + 60_001]) {
      const [theirs, ours] = await Promise.all(
        wires.map(async (wire) => {
          const body = await wire.askFlexible(2, 9, (w) =>
            w
              .int32(-1)
              .int8(0)
              .structs([topic], (x, name) =>
                x.string(name).structs([0], (y, i) => y.int32(i).int32(-1).int64(timeMs)),
              ),
          )
          body.int32()
          return body.structs((r) => [
            r.string(),
            r.structs((p) => [p.int32(), p.int16(), p.int64(), p.int64(), p.int32()]),
          ])
        }),
      )
      expect({ timeMs, found: ours }).toEqual({ timeMs, found: theirs })
    }
  })
})
