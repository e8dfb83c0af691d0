import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { errorCode } from '../../embedded/broker/protocol/errors.ts'
import { readHeader } from '../../embedded/broker/protocol/record-batch.ts'
import { startTestBroker } from '../harness/broker.ts'
import { compiledBroker } from '../harness/compiled.ts'
import { batchOf } from './batches.ts'
import { fetched, fetching, produced, producing, wireTo, type Wire } from './wire.ts'

const TOPIC = 'crash'
const KILLS = 6
const everything = { minBytes: 0, maxWaitMs: 0, maxBytes: 2 ** 24 }

/** Every value in the log, in order. */
async function readAll(wire: Wire): Promise<string[]> {
  const values: string[] = []
  for (let offset = 0; ; ) {
    const [got] = fetched(
      await wire.ask(
        1,
        11,
        fetching([{ topic: TOPIC, partition: 0, offset, maxBytes: 2 ** 20 }], everything),
      ),
    )
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

test('a disk that takes no more refuses the write, keeps what it has, and takes the next one when it can', {
  timeout: 60_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidemark-full-'))
  // No file may grow past 64 KiB: to the broker that is a disk that fills up in the middle of a write.
  const command = `ulimit -f 64; exec "$0" "$1" --port 0 --data "$2"`
  const child = spawn('bash', ['-c', command, process.execPath, compiledBroker(), dataDir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const port = Number(/:(\d+)\n/.exec(String((await once(child.stdout, 'data'))[0]))![1])
    const wire = await wireTo(port)
    await wire.ask(19, 2, (w) =>
      w
        .array([TOPIC], (x, n) => x.string(n).int32(1).int16(1).int32(0).int32(0))
        .int32(1000)
        .boolean(false),
    )
    const send = async (i: number, bytes: number) =>
      produced(
        await wire.ask(
          0,
          7,
          producing(
            TOPIC,
            batchOf({ values: [`<${i}>`.padEnd(bytes)], producerId: 5, epoch: 0, sequence: i }),
          ),
        ),
      )
    let written = 0
    while ((await send(written, 20_000)).error === 0) written++
    expect(written).toBe(3)
    expect((await send(written, 20_000)).error).toBe(errorCode('KAFKA_STORAGE_ERROR'))
    expect(await send(written, 100)).toEqual({ error: 0, baseOffset: 3 })
    expect(await readAll(wire)).toEqual(['<0>', '<1>', '<2>', '<3>'])
  } finally {
    child.kill('SIGKILL')
    await once(child, 'close')
    await rm(dataDir, { recursive: true, force: true })
  }
})

test('kill -9 in the middle of producing: everything acknowledged is there, once, in order, and sending again doubles nothing', {
  timeout: 60_000,
}, async () => {
  const broker = await startTestBroker()
  try {
    const first = await wireTo(broker.port)
    await first.ask(19, 2, (w) =>
      w
        .array([TOPIC], (x, n) => x.string(n).int32(1).int16(1).int32(0).int32(0))
        .int32(1000)
        .boolean(false),
    )
    let sequence = 0
    for (let round = 0; round < KILLS; round++) {
      const wire = await wireTo(broker.port)
      const kill = sleep(30 + round * 25).then(() => broker.kill9())
      // Five in flight, as an idempotent client would; each is three records. What got no answer is sent again in the next round.
      let acknowledged = sequence
      let next = sequence
      for (;;) {
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
