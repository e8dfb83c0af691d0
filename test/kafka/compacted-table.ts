/** A table in a topic that Apache Kafka compacts: rows that changed, and rows that are gone with their last trace, while a worker counts and while none does. */
import { expect } from 'vitest'
import { runSource, type RunningSource } from '../../ingest/source.ts'
import { openAdmin, openProducer } from '../../log/kafka.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { journalTopic, type JournalEntry } from '../../model/joins/journal.ts'
import { createServer } from '../../query-api/http/server.ts'
import type { TopAnswer } from '../../query-api/wire.ts'
import { openStore } from '../../store/connection/connection.ts'
import { recount, runProgram } from '../harness/tidemark.ts'

const patience = { timeout: 60_000, interval: 200 }
/** Segments roll with the next record, and are cleaned whenever the cleaner looks; what is deleted leaves nothing. */
const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.ms': '100',
  'min.cleanable.dirty.ratio': '0.01',
  'max.compaction.lag.ms': '100',
  'delete.retention.ms': '0',
}

export async function countThroughCompaction(
  brokers: readonly string[],
  logDir: string,
  storeUrl: string,
): Promise<void> {
  const table = 'compacted-sites'
  const source = readDefinition({
    lookups: { sites: { topic: table } },
    sources: {
      devices: {
        topic: 'devices',
        key: 'device',
        time: 'ts',
        fields: { device: 'string', site: { lookup: 'sites', of: 'device', take: 'site' } },
        breakdowns: ['site'],
        metrics: { readings: 'count' },
      },
    },
    keep: { '1h': 'forever' },
  })[0]!
  const kafka = { brokers: [...brokers], clientId: 'test' }
  const [store, admin, producer] = await Promise.all([
    openStore({ url: storeUrl }),
    openAdmin(kafka),
    openProducer(kafka),
  ])
  const app = await createServer({ store, version: '0', pageDirectory: null })
  let worker: RunningSource | null = null
  const lines: string[] = []
  const started = (): Promise<RunningSource> =>
    runSource({
      source,
      store,
      kafka,
      fileMs: 1,
      partitions: 2,
      keepOldMs: 600_000,
      log: (line) => lines.push(line),
      crashed: (error) => lines.push(String(error)),
    })
  const row = (key: string, site: string | null) =>
    producer.send(table, [{ key, value: site === null ? null : JSON.stringify({ site }) }])
  const readings = (device: string, count: number) =>
    producer.send(
      source.topic,
      Array.from({ length: count }, (_, at) => ({
        key: device,
        partition: at % 2,
        value: JSON.stringify({ ts: Date.now(), device }),
      })),
    )
  const bySite = async (): Promise<Record<string, number>> => {
    const { body } = await app.inject('/v1/top?metric=devices.readings&by=site&from=now-1d')
    const { rows = [] } = JSON.parse(body) as Partial<TopAnswer>
    return Object.fromEntries(rows.map(({ labels, value }) => [labels['site'] ?? 'none', value!]))
  }
  const printed = (topic: string, format: string): Promise<string> =>
    runProgram('kcat', [
      '-b',
      brokers.join(','),
      '-C',
      '-e',
      '-q',
      '-o',
      'beginning',
      '-t',
      topic,
      '-f',
      `${format}\n`,
    ])
  /** What these keys stand for has its place among the events. */
  const placed = (sites: Record<string, string | null>) =>
    expect
      .poll(async () => {
        const said = await printed(journalTopic(source.topic, table)!, '%s').catch(() => '')
        const entries = said
          .trim()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as JournalEntry)
        const rows = new Map(entries.flatMap((one) => (one.is === 'rows' ? one.rows : [])))
        const of = (key: string): string | null => rows.get(key) ?? null
        const found = Object.keys(sites).map((key) => [key, of(key) && JSON.parse(of(key)!).site])
        return [entries.at(-1)?.is, Object.fromEntries(found)]
      }, patience)
      .toEqual(['ends', sites])
  /** Until of each of these keys there are but so many records left. A record that says nothing new closes the segment before it. */
  const compacted = (left: Record<string, number>) =>
    expect
      .poll(async () => {
        await row('roll', 'none')
        const all = (await printed(table, '%k')).split('\n')
        return Object.fromEntries(Object.keys(left).map((key) => [key, all.filter((k) => k === key).length]))
      }, patience)
      .toEqual(left)

  try {
    await admin.createTopic(table, 1, COMPACTED)
    for (const [key, site] of Object.entries({ a: 'north', b: 'south', gone: 'away', roll: 'none' }))
      await row(key, site)
    worker = await started()
    await placed({ a: 'north', b: 'south', gone: 'away' })
    for (const [device, count] of Object.entries({ a: 4, b: 2, gone: 2 })) await readings(device, count)
    await expect.poll(bySite, patience).toEqual({ north: 4, south: 2, away: 2 })

    // Nobody counts, and what was said of a row is gone before anybody reads it: of a deleted one, all.
    await worker.stop()
    worker = null
    for (let n = 0; n < 20; n++) await row('a', `n${n}`)
    await row('a', 'west')
    await row('gone', null)
    await compacted({ a: 1, gone: 0 })
    worker = await started()
    await placed({ a: 'west', b: 'south', gone: null })
    for (const [device, count] of Object.entries({ a: 3, b: 1, gone: 2 })) await readings(device, count)
    await expect.poll(bySite, patience).toEqual({ north: 4, south: 3, away: 2, west: 3, none: 2 })

    // Under a worker that follows.
    await row('b', null)
    await row('gone', 'east')
    await placed({ a: 'west', b: null, gone: 'east' })
    await compacted({ b: 0, gone: 1 })
    for (const [device, count] of Object.entries({ b: 3, gone: 1 })) await readings(device, count)
    await expect.poll(bySite, patience).toEqual({ north: 4, south: 3, away: 2, west: 3, none: 5, east: 1 })
    await worker.stop()
    worker = null
    const address = storeUrl.replace(/^redis:\/\//, '')
    const judged = await recount([
      '--log',
      logDir,
      '--store',
      address,
      '--source',
      source.name,
      '--require-caught-up',
    ])
    expect(judged).toMatchObject({ code: 0, said: expect.stringContaining('agrees with the log') })
    expect(lines.filter((line) => /HALTED|Error/.test(line))).toEqual([])
  } finally {
    await worker?.stop()
    await app.close()
    await Promise.all([producer.close(), admin.close()])
    await store.close()
  }
}
