/** Batches that cannot be read: a bomb is one reject and never stops a partition, damage halts it, and every halt has a way past it. */
import { gzipSync } from 'node:zlib'
import { snappyCompress } from 'hysnappy'
import { compressFrameSync } from 'lz4-napi'
import { describe, expect, test } from 'vitest'
import type { PartitionOptions } from '../../ingest/partition-options.ts'
import type { RawBatch } from '../../log/log.ts'
import { openBatch } from '../../log/walk.ts'
import { readHaltNote } from '../../store/calls/halt-note.ts'
import { readPosition } from '../../store/calls/open.ts'
import { skip } from '../../store/calls/skip.ts'
import { frame, makeRecord } from '../log/batches.ts'
import { fetchOf, openHarness, recordsOf, type Harness } from './loop.ts'
import { running, store } from './partition-store.ts'

const position = (h: Harness) => readPosition(store, h.keys, h.source)
const next = async (h: Harness): Promise<number | undefined> => (await position(h))?.state.next
const rejectsOf = async (h: Harness): Promise<Record<string, string>[]> => {
  const [entries] = (await store.pipeline([['XRANGE', h.keys.rejects, '-', '+']])) as [[Buffer, Buffer[]][]]
  return entries.map(([id, flat]) => ({
    id: id.toString(),
    ...Object.fromEntries(
      flat.flatMap((field, at) => (at % 2 === 0 ? [[field.toString(), flat[at + 1]!.toString()]] : [])),
    ),
  }))
}

/** A log in memory, as the worker's consumer and admin see it. */
class Log {
  readonly batches: RawBatch[] = []
  get end(): number {
    return (this.batches.at(-1)?.lastOffset ?? -1) + 1
  }
  add(batch: (base: number) => RawBatch): void {
    this.batches.push(batch(this.end))
  }
  /** Feeds a worker wherever it asked to read on. */
  serve(changes: Partial<PartitionOptions> = {}): Harness {
    const { batches: all } = this
    let sent = 0
    const h: Harness = openHarness(store, running, {
      recordAt: async (offset) => {
        const batch = all.find(({ lastOffset }) => lastOffset >= offset)
        if (!batch) return 'beyond-end'
        const cursor = openBatch(batch.bytes)
        while (cursor.next())
          if (cursor.offset === offset) return { key: cursor.key(), value: cursor.value() }
        return 'gone'
      },
      seek: (offset) => {
        sent = offset
      },
      ...changes,
    })
    const timer = setInterval(() => {
      const batches = all.filter(({ lastOffset }) => lastOffset >= sent)
      h.worker.push({ ...fetchOf(batches), logEnd: this.end })
      sent = this.end
    }, 50)
    const { stop } = h.worker
    h.worker.stop = async () => {
      clearInterval(timer)
      await stop.call(h.worker)
    }
    return h
  }
}

const good = (base: number): RawBatch => recordsOf(base, base + 1)[0]!
const BIG = Buffer.alloc(70_000_000, ' ')
const event = makeRecord({
  offsetDelta: 0,
  key: null,
  value: Buffer.from('{"ts":1777636800000,"type":"page_view","path":"/","visitor":"v"}'),
})
const wide = makeRecord({ offsetDelta: 1, key: null, value: BIG })
function packed(codec: number, payload: Buffer, offsets = 1) {
  return (base: number): RawBatch => {
    const bytes = frame(
      {
        baseOffset: BigInt(base),
        records: [],
        attributes: codec,
        lastOffsetDelta: offsets - 1,
        count: offsets,
        baseTimestampMs: 1_777_636_800_000,
        maxTimestampMs: 1_777_636_800_000,
      },
      payload,
    )
    return { baseOffset: base, lastOffset: base + offsets - 1, bytes, control: false, aborted: false }
  }
}
/** One byte many times, in blocks of 128 kB: as small as zstd gets. */
function zstdBomb(): Buffer {
  const blocks = Array.from({ length: 600 }, (_, at) =>
    Buffer.from([
      (at === 599 ? 1 : 0) | 2 | ((131_072 << 3) & 0xff),
      (131_072 >> 5) & 0xff,
      (131_072 >> 13) & 0xff,
      0,
    ]),
  )
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38]), ...blocks])
}

describe('a bomb is one reject of all its offsets', () => {
  const bombs = [
    ['gzip', packed(1, gzipSync(BIG)), 1],
    ['snappy', packed(2, Buffer.from(snappyCompress(BIG))), 1],
    ['lz4', packed(3, Buffer.from(compressFrameSync(BIG))), 1],
    ['zstd', packed(4, zstdBomb()), 1],
    ['gzip with a good record before it', packed(1, gzipSync(Buffer.concat([event, wide])), 2), 2],
    ['gzip that claims two thousand million records', packed(1, gzipSync(BIG), 2 ** 31 - 1), 2 ** 31 - 1],
  ] as const
  test.each(bombs)(
    '%s, as the last record: counted on before and after a restart and a blip of the store',
    { timeout: 60_000 },
    async (_name, bomb, offsets) => {
      const log = new Log()
      log.add(good)
      log.add(bomb)
      const h = log.serve()
      await h.worker.start()
      await expect.poll(() => next(h), { timeout: 30_000 }).toBe(1 + offsets)
      await h.worker.stop()

      const again = log.serve({ keys: h.keys, source: h.source })
      expect(await again.worker.start()).toBe(1 + offsets)
      log.add(good)
      await expect.poll(() => next(again), { timeout: 30_000 }).toBe(2 + offsets)
      expect(again.seen.log.join('\n')).toContain('cannot be opened')
      await store.pipeline([['HINCRBY', h.keys.pos, 'rev', 1]]) // what it believed is refused: it asks the store, as after a blip
      log.add(good)
      await expect.poll(() => next(again), { timeout: 30_000 }).toBe(3 + offsets)

      const { state } = (await position(again))!
      expect(state.offsets).toMatchObject({ data: 3 + offsets })
      expect(state.events).toMatchObject({ counted: 3, rejected: 1 })
      const rejects = await rejectsOf(again)
      expect(rejects).toMatchObject([{ id: `${1 + offsets}-0`, reason: 'inflated_too_large' }])
      expect(rejects[0]!['count']).toBe(offsets === 1 ? undefined : String(offsets))
      expect(again.worker.halted).toBe(null)
    },
  )
})

describe('a batch that is damaged', () => {
  const damaged = [
    ['gzip that is none', packed(1, Buffer.from('not gzip at all')), 2],
    [
      'cut short',
      (base: number): RawBatch => ({ ...good(base), bytes: good(base).bytes.subarray(0, 80) }),
      2,
    ],
    ['a codec that nobody knows', packed(6, event), 2],
    ['a record longer than its batch', packed(0, event.subarray(0, 20)), 2],
    ['ten records claimed, one there', packed(0, event, 10), 3],
  ] as const
  test.each(damaged)(
    '%s: what is before it counts, a person goes past it, and the ledger says so',
    { timeout: 60_000 },
    async (_name, bad, at) => {
      const log = new Log()
      log.add(good)
      log.add(good)
      log.add(bad)
      log.add(good)
      const to = log.batches[2]!.lastOffset + 1
      const h = log.serve()
      await h.worker.start()
      await expect.poll(() => h.worker.halted?.code, { timeout: 10_000 }).toBe('UNREADABLE')
      expect(await next(h)).toBe(at)
      const command = `tidemark partition skip --source ${h.source.name} --partition 0 --to ${to} --why "..."`
      await expect.poll(() => readHaltNote(store, h.keys)).toMatchObject({ code: 'UNREADABLE', command })
      expect(h.seen.log.at(-1)).toContain(
        `HALTED, UNREADABLE: ${h.worker.halted!.message}. It goes on by itself if that mends; to go past it: ${command}`,
      )

      expect(await skip(store, h.keys, h.source, (await position(h))!, to, 'seen and given up', 5)).toEqual({
        applied: true,
        next: to,
        tookMs: expect.any(Number),
      })
      await expect.poll(() => next(h), { timeout: 10_000 }).toBe(to + 1)
      await expect.poll(() => h.worker.halted).toBe(null)
      await expect.poll(() => readHaltNote(store, h.keys)).toBe(null)
      const after = (await position(h))!
      expect(after.state.offsets).toMatchObject({ data: at + 1, skipped: to - at })
      expect(after.skips).toEqual([[at, to]])
      const [letter, ...more] = await rejectsOf(h)
      expect(more).toEqual([])
      expect(letter).toMatchObject({
        id: `${to}-0`,
        reason: 'skipped',
        detail: `offsets ${at} to ${to - 1}, by an operator: seen and given up`,
      })
      expect(Number(letter!['count'] ?? 1)).toBe(to - at)
    },
  )

  test('mended in the log, the partition goes on by itself', { timeout: 60_000 }, async () => {
    const log = new Log()
    log.add(good)
    log.add(packed(1, Buffer.from('not gzip at all')))
    const h = log.serve()
    await h.worker.start()
    await expect.poll(() => h.worker.halted?.code, { timeout: 10_000 }).toBe('UNREADABLE')
    log.batches[1] = good(1) // another replica leads now
    await expect.poll(() => next(h), { timeout: 20_000 }).toBe(2)
    await expect.poll(() => h.worker.halted).toBe(null)
    expect(h.seen.log.join('\n')).toContain('GOES ON at offset 2 after UNREADABLE')
  })
})

test('a skip is fenced: nothing moves where the partition stands elsewhere, or was written by another definition', async () => {
  const log = new Log()
  log.add(good)
  const h = log.serve()
  await h.worker.start()
  await expect.poll(() => next(h)).toBe(1)
  const before = (await position(h))!
  log.add(good)
  await expect.poll(() => next(h)).toBe(2)
  await h.worker.stop()
  expect(await skip(store, h.keys, h.source, before, 5, 'late', 5)).toEqual({
    applied: false,
    next: 2,
    why: 'BASE',
  })
  expect(
    await skip(store, h.keys, h.source, { ...(await position(h))!, def: 'f'.repeat(64) }, 5, 'other', 5),
  ).toMatchObject({ applied: false, why: 'DEF' })
  expect(await rejectsOf(h)).toEqual([])
})

test('records deleted before they were counted: the way on is the beginning of the log', {
  timeout: 60_000,
}, async () => {
  const log = new Log()
  log.add(good)
  const h = log.serve()
  await h.worker.start()
  await expect.poll(() => next(h)).toBe(1)
  await h.worker.stop()
  const late = openHarness(store, running, { keys: h.keys, source: h.source })
  await late.worker.start()
  late.worker.push({ ...fetchOf([]), logStart: 7, logEnd: 8 })
  await expect.poll(() => late.worker.halted?.code, { timeout: 5000 }).toBe('LOG_STARTS_LATER')
  expect(late.worker.halted!.command('s', 3)).toBe(
    'tidemark partition skip --source s --partition 3 --to 7 --why "..."',
  )
  await skip(store, h.keys, h.source, (await position(h))!, 7, 'retention', 5)
  await expect.poll(() => late.seen.seeks.at(-1), { timeout: 10_000 }).toBe(7)
  late.worker.push({ ...fetchOf(recordsOf(7, 8)), logStart: 7 })
  await expect.poll(() => next(late), { timeout: 10_000 }).toBe(8)
  expect((await position(late))!.state.offsets).toMatchObject({ data: 2, skipped: 6 })
})
