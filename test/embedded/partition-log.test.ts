import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkProduced, checksumHolds, readHeader } from '../../embedded/broker/protocol/record-batch.ts'
import {
  PartitionLog,
  type Appended,
  type PartitionOptions,
} from '../../embedded/broker/storage/partition-log.ts'
import { batchOf, type Shape } from './batches.ts'

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-log-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const said: string[] = []
const options = (more: Partial<PartitionOptions> = {}): PartitionOptions => ({
  segmentBytes: 64 * 1024 * 1024,
  stampsTime: true,
  syncsEachAppend: false,
  log: (line) => said.push(line),
  ...more,
})

async function opened(dir: string, more: Partial<PartitionOptions> = {}): Promise<PartitionLog> {
  const log = await PartitionLog.open('t-0', dir, options(more))
  onTestFinished(() => log.close().catch(() => {}))
  return log
}

function append(log: PartitionLog, shape: Shape): Promise<Appended> {
  const batch = batchOf(shape)
  return log.append(batch, checkProduced(batch, 2 ** 20))
}

/** The base offsets of the batches in a piece of log; every checksum is checked on the way. */
function walk(bytes: Buffer): number[] {
  const bases: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at)
    expect(checksumHolds(bytes.subarray(at, at + header.sizeBytes))).toBe(true)
    bases.push(header.baseOffset)
    at += header.sizeBytes
  }
  return bases
}

const SEGMENT = '00000000000000000000.log'

describe('a partition', () => {
  test('gives offsets in order of arrival and writes waiting batches together, each with a checksum that holds', async () => {
    const dir = await folder()
    const log = await opened(dir)
    const applied = await Promise.all(
      [1, 2, 3, 4].map((n) => append(log, { values: Array.from({ length: n }, () => `v${n}`) })),
    )
    expect(applied.map((a) => a.baseOffset)).toEqual([0, 1, 3, 6])
    expect(log.endOffset).toBe(10)
    const file = await readFile(join(dir, SEGMENT))
    expect(walk(file)).toEqual([0, 1, 3, 6])
    expect(readHeader(file).isLogAppendTime).toBe(true)
    expect(readHeader(file).maxTimestampMs).toBe(applied[0]!.appendTimeMs)
  })

  test('leaves a batch byte for byte as it came where the producer keeps the time, but for offset and epoch', async () => {
    const dir = await folder()
    const log = await opened(dir, { stampsTime: false })
    const batch = batchOf({ values: ['a', 'b'], timesMs: [5000, 6000] })
    const before = Buffer.from(batch)
    expect(await log.append(batch, checkProduced(batch, 1000))).toEqual({ baseOffset: 0, appendTimeMs: -1 })
    const file = await readFile(join(dir, SEGMENT))
    expect(file.subarray(16)).toEqual(before.subarray(16))
  })

  test('reads from the batch that holds an offset, whole batches only, at least one when asked', async () => {
    const log = await opened(await folder())
    for (let i = 0; i < 300; i++) await append(log, { values: [`${i}`.padEnd(100), 'x'] })
    for (const offset of [0, 1, 2, 77, 300, 598, 599]) {
      const bytes = await log.read(offset, 1000, true)
      const bases = walk(bytes)
      expect(bases[0]).toBe(offset - (offset % 2))
      expect(bytes.length).toBeLessThanOrEqual(1000)
      expect((await log.read(offset, 10, true)).length).toBe(readHeader(bytes).sizeBytes)
      expect((await log.read(offset, 10, false)).length).toBe(0)
    }
    expect((await log.read(600, 1000, true)).length).toBe(0)
    await expect(log.read(601, 1000, true)).rejects.toMatchObject({ kind: 'OFFSET_OUT_OF_RANGE' })
  })

  test('rolls segments by size, finds offsets over all of them, and opens them again', async () => {
    const dir = await folder()
    const log = await opened(dir, { segmentBytes: 1500 })
    for (let i = 0; i < 50; i++) await append(log, { values: [`value ${i}`.padEnd(120)] })
    await log.close()
    const names = (await readdir(dir)).sort()
    expect(names.length).toBeGreaterThan(4)
    for (const name of names) expect((await stat(join(dir, name))).size).toBeLessThanOrEqual(1500)
    const again = await opened(dir, { segmentBytes: 1500 })
    expect(again.endOffset).toBe(50)
    for (let offset = 0; offset < 50; offset++)
      expect(walk(await again.read(offset, 100, true))).toEqual([offset])
  })

  test('finds the first record at or after a time, inside a batch too', async () => {
    const log = await opened(await folder(), { stampsTime: false, segmentBytes: 400 })
    for (let i = 0; i < 20; i++)
      await append(log, { values: ['a', 'b', 'c'], timesMs: [i * 100, i * 100 + 30, i * 100 + 60] })
    expect(await log.firstAtOrAfter(0)).toEqual({ offset: 0, timestampMs: 0 })
    expect(await log.firstAtOrAfter(731)).toEqual({ offset: 23, timestampMs: 760 })
    expect(await log.firstAtOrAfter(761)).toEqual({ offset: 24, timestampMs: 800 })
    expect(await log.firstAtOrAfter(1960)).toEqual({ offset: 59, timestampMs: 1960 })
    expect(await log.firstAtOrAfter(1961)).toBe(null)
  })

  test('retention removes whole old segments and never the log end', async () => {
    const log = await opened(await folder(), { stampsTime: false, segmentBytes: 400 })
    for (let i = 0; i < 20; i++) await append(log, { values: [`v${i}`.padEnd(100)], timesMs: [i * 1000] })
    await log.retire({ ms: 10_000, bytes: null }, 20_000)
    expect(log.startOffset).toBeGreaterThan(5)
    expect(log.startOffset).toBeLessThanOrEqual(10)
    await expect(log.read(0, 100, true)).rejects.toMatchObject({ kind: 'OFFSET_OUT_OF_RANGE' })
    await log.retire({ ms: 1, bytes: null }, 10_000_000)
    expect([log.startOffset, log.endOffset]).toEqual([20, 20])
    expect((await append(log, { values: ['next'] })).baseOffset).toBe(20)
    await log.retire({ ms: null, bytes: 0 }, 0)
    expect([log.startOffset, log.endOffset]).toEqual([20, 21])
  })
})

describe('an idempotent producer', () => {
  test('may send again what it sent, also after a restart, and nothing doubles', async () => {
    const dir = await folder()
    const log = await opened(dir)
    const send = (to: PartitionLog, sequence: number) =>
      append(to, { values: ['a', 'b'], producerId: 7, epoch: 0, sequence })
    const first = await send(log, 0)
    const [second, twin] = await Promise.all([send(log, 2), send(log, 2)])
    expect(twin).toEqual(second)
    expect(await send(log, 0)).toEqual(first)
    await expect(send(log, 6)).rejects.toMatchObject({ kind: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
    await log.close()
    const again = await opened(dir)
    expect(await send(again, 2)).toEqual(second)
    expect((await send(again, 4)).baseOffset).toBe(4)
    for (let i = 6; i < 20; i += 2) await send(again, i)
    await expect(send(again, 0)).rejects.toMatchObject({ kind: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
    await expect(
      append(again, { values: ['x'], producerId: 7, epoch: 1, sequence: 5 }),
    ).rejects.toMatchObject({ kind: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
    expect((await append(again, { values: ['x'], producerId: 7, epoch: 1, sequence: 0 })).baseOffset).toBe(20)
    await expect(send(again, 20)).rejects.toMatchObject({ kind: 'INVALID_PRODUCER_EPOCH' })
  })

  test('counts its sequences in a circle', async () => {
    const log = await opened(await folder())
    const send = (sequence: number) => append(log, { values: ['a', 'b'], producerId: 9, epoch: 3, sequence })
    await send(2 ** 31 - 2)
    expect((await send(0)).baseOffset).toBe(2)
    await expect(send(2 ** 31 - 4)).rejects.toMatchObject({ kind: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  })
})

describe('a torn tail', () => {
  test('is cut back to the last whole batch, wherever it was torn, and the loss is said', async () => {
    const from = await folder()
    const log = await opened(from)
    for (let i = 0; i < 3; i++) await append(log, { values: [`v${i}`, 'w'] })
    await log.close()
    const whole = (await stat(join(from, SEGMENT))).size
    const each = whole / 3
    for (let size = 0; size <= whole; size++) {
      const dir = await mkdtemp(join(from, 'cut-'))
      await copyFile(join(from, SEGMENT), join(dir, SEGMENT))
      await truncate(join(dir, SEGMENT), size)
      said.length = 0
      const torn = await PartitionLog.open('t-0', dir, options())
      const kept = Math.floor(size / each)
      expect(torn.endOffset).toBe(kept * 2)
      expect(said.length).toBe(size % each === 0 ? 0 : 1)
      if (said.length > 0) expect(said[0]).toContain(`cut ${size - kept * each} bytes`)
      expect((await append(torn, { values: ['after'] })).baseOffset).toBe(kept * 2)
      expect(walk(await torn.read(0, 10_000, true))).toEqual([0, 2, 4].slice(0, kept).concat(kept * 2))
      await torn.close()
    }
  })

  test('garbage, zeros and a flipped bit behind good batches are cut too', async () => {
    const from = await folder()
    const log = await opened(from)
    for (let i = 0; i < 3; i++) await append(log, { values: [`v${i}`] })
    await log.close()
    const good = await readFile(join(from, SEGMENT))
    const flipped = Buffer.from(good)
    flipped[flipped.length - 2]! ^= 4
    const cases: [Buffer, number][] = [
      [Buffer.concat([good, Buffer.from('some garbage')]), 3],
      [Buffer.concat([good, Buffer.alloc(4096)]), 3],
      [Buffer.concat([good, good]), 3], // offsets that go back are not the next batch
      [flipped, 2],
    ]
    for (const [bytes, kept] of cases) {
      const dir = await mkdtemp(join(from, 'case-'))
      await writeFile(join(dir, SEGMENT), bytes)
      const torn = await opened(dir)
      expect(torn.endOffset).toBe(kept)
    }
  })

  test('damage with newer segments behind it stops the start instead of losing what is good', async () => {
    const dir = await folder()
    const log = await opened(dir, { segmentBytes: 300 })
    for (let i = 0; i < 10; i++) await append(log, { values: [`v${i}`.padEnd(100)] })
    await log.close()
    await truncate(join(dir, SEGMENT), 50)
    await expect(PartitionLog.open('t-0', dir, options())).rejects.toThrow(
      /is damaged at byte 0 .* newer segments follow/,
    )
    await rm(join(dir, SEGMENT))
    const names = (await readdir(dir)).sort()
    await rm(join(dir, names[1]!))
    await expect(PartitionLog.open('t-0', dir, options())).rejects.toThrow(/a segment is missing or damaged/)
  })
})
