import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readHeader } from '../../embedded/broker/record-batch.ts'
import { startTestBroker } from '../harness/broker.ts'
import { batchOf } from './batches.ts'
import { fetched, fetching, produced, producing, wireTo, type Wire } from './wire.ts'

const TOPIC = 'crash'
const KILLS = 6
const everything = { minBytes: 0, maxWaitMs: 0, maxBytes: 2 ** 24 }

/** Every value in the log, in order. */
async function readAll(wire: Wire): Promise<string[]> {
  const values: string[] = []
  for (let offset = 0; ; ) {
    const [got] = fetched(await wire.ask(1, 11, fetching([{ topic: TOPIC, partition: 0, offset, maxBytes: 2 ** 20 }], everything)))
    if (got!.records.length === 0) return values
    for (let at = 0; at < got!.records.length; ) {
      const header = readHeader(got!.records, at)
      expect(header.baseOffset).toBe(offset)
      values.push(...(got!.records.toString('latin1', at, at + header.sizeBytes).match(/<\d+>/g) ?? []))
      at += header.sizeBytes
      offset = header.lastOffset + 1
    }
  }
}

test('kill -9 in the middle of producing: everything acknowledged is there, once, in order, and sending again doubles nothing', { timeout: 60_000 }, async () => {
  const broker = await startTestBroker()
  try {
    const first = await wireTo(broker.port)
    await first.ask(19, 2, (w) => w.array([TOPIC], (x, n) => x.string(n).int32(1).int16(1).int32(0).int32(0)).int32(1000).boolean(false))
    let sequence = 0
    for (let round = 0; round < KILLS; round++) {
      const wire = await wireTo(broker.port)
      let isDead = false
      void wire.closed.then(() => (isDead = true))
      const kill = sleep(30 + round * 25).then(() => broker.kill9())
      // Five in flight, as an idempotent client would; each is three records. What got no answer is sent again in the next round.
      let acknowledged = sequence
      let next = sequence
      while (!isDead) {
        for (; next < acknowledged + 5; next++) {
          const values = [0, 1, 2].map((i) => `<${next * 3 + i}>`.padEnd(200))
          wire.send(0, 7, producing(TOPIC, batchOf({ values, producerId: 5, epoch: 0, sequence: next * 3 })))
        }
        const answer = await Promise.race([wire.next(), wire.closed])
        if (answer === undefined) break
        expect(produced(answer.body)).toEqual({ error: 0, baseOffset: acknowledged * 3 })
        acknowledged++
      }
      await kill
      sequence = acknowledged
      await broker.restart()
      const values = await readAll(await wireTo(broker.port))
      expect(values.length).toBeGreaterThanOrEqual(sequence * 3)
      expect(values).toEqual(values.map((_, i) => `<${i}>`))
    }
    expect(sequence).toBeGreaterThan(20)
  } finally {
    await broker.stop()
  }
})
