/** Tables in topics, whole: events join them in the order of the log, whoever counts, however often, and the recount agrees. */
import { expect, test } from 'vitest'
import { readDefinition } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'
import { openReader } from '../../log/kafka.ts'
import { PartPace } from '../../query-api/scan/part-pace.ts'
import { LogScan } from '../../query-api/scan/log-scan.ts'
import { ZoneMaps } from '../../query-api/scan/zone-map.ts'
import { journalTopic } from '../../model/joins/journal.ts'
import { cellAt } from '../../model/chunk.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import { recount } from '../harness/tidemark.ts'
import {
  admin,
  broker,
  edited,
  kafka,
  patience,
  producer,
  server,
  standsWith,
  start,
  stop,
  store,
} from './started-source.ts'
import { randomUUID } from 'node:crypto'

const T0 = 1_777_636_800_000

function world(): { source: Source; table: string } {
  const name = `s${randomUUID().slice(0, 8)}`
  const table = `${name}-devices`
  const source = readDefinition({
    lookups: { devices: { topic: table } },
    sources: {
      [name]: {
        topic: name,
        key: 'device',
        time: 'ts',
        fields: { device: 'string', site: { lookup: 'devices', of: 'device', take: 'site' } },
        breakdowns: ['site'],
        metrics: { readings: 'count' },
      },
    },
    keep: { '1h': 'forever' },
  })[0]!
  return { source, table }
}

const rows = (table: string, of: Record<string, object | null>) =>
  producer.send(
    table,
    Object.entries(of).map(([key, row]) => ({ key, value: row === null ? null : JSON.stringify(row) })),
  )
const readings = ({ topic }: Source, device: string, count: number) =>
  producer.send(
    topic,
    Array.from({ length: count }, (_, at) => ({
      key: device,
      partition: at % 2,
      value: JSON.stringify({ ts: T0 + at, device }),
    })),
  )

/** Readings by site, of all partitions. */
async function bySite(source: Source, generation = 1): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const partition of [0, 1]) {
    const keys = partitionKeys(source.name, partition, generation)
    const day = Math.floor(T0 / 86_400_000)
    const [names] = (await store.pipeline([['HGETALL', keys.of(`n:site:${day}`)]])) as [Buffer[]]
    const [found] = (await store.pipeline([['KEYS', keys.of('c:site:1h:*')]])) as [Buffer[]]
    for (const key of found) {
      const [block, group] = key.toString().split(':').at(-1)!.split('.').map(Number) as [number, number]
      const [cells] = (await store.pipeline([['HGETALL', key.toString()]])) as [Buffer[]]
      for (let at = 0; at < cells.length; at += 2) {
        const { id } = cellAt(block, group, Number(cells[at]), false)
        const place = names.findIndex((one, n) => n % 2 === 1 && one.toString() === String(id))
        const name = JSON.parse(names[place - 1]!.toString())[0] ?? 'none'
        sums[name] = (sums[name] ?? 0) + cells[at + 1]!.readUInt8(0)
      }
    }
  }
  return sums
}
const holds = (source: Source, sums: Record<string, number>, generation = 1) =>
  expect.poll(() => bySite(source, generation), patience).toEqual(sums)
const agrees = async (source: Source): Promise<void> => {
  const { code, said } = await recount([
    '--log',
    broker.dataDir,
    '--store',
    server.url.replace(/^redis:\/\//, ''),
    '--source',
    source.name,
    '--require-caught-up',
  ])
  expect(said).toContain('agrees with the log')
  expect(code).toBe(0)
}
const keysOf = async ({ name }: Source): Promise<Buffer[]> =>
  ((await store.pipeline([['KEYS', `tm:{${name}*`]])) as [Buffer[]])[0]
async function copyOf(source: Source): Promise<[Buffer, Buffer][]> {
  const keys = await keysOf(source)
  const dumps = (await store.pipeline(keys.map((key) => ['DUMP', key]))) as Buffer[]
  return keys.map((key, at) => [key, dumps[at]!])
}
async function putBack(source: Source, copy: readonly [Buffer, Buffer][]): Promise<void> {
  await store.pipeline((await keysOf(source)).map((key) => ['UNLINK', key]))
  if (copy.length > 0) await store.pipeline(copy.map(([key, dump]) => ['RESTORE', key, 0, dump]))
}
/** The change is in the journal, with its place. */
async function placed(source: Source, table: string, changes: number): Promise<void> {
  const topic = journalTopic(source.topic, table)!
  const end = async (): Promise<number> => (await admin.logEnds([topic])).get(topic)?.get(0) ?? 0
  await expect.poll(end, patience).toBeGreaterThanOrEqual(changes)
}

test('a device registry: a row holds from where it came, through a restart, a rewind, a loss and another definition', {
  timeout: 120_000,
}, async () => {
  const { source, table } = world()
  await admin.createTopic(table, 2, { 'cleanup.policy': 'compact' })
  await rows(table, { a: { site: 'north' }, b: { site: 'south', more: [1] } })
  const one = await start(source)
  await readings(source, 'a', 10)
  await readings(source, 'b', 4)
  await readings(source, 'c', 2)
  await holds(source, { north: 10, south: 4, none: 2 })
  await rows(table, { a: { site: 'west' }, b: null, c: { site: 'north' } })
  await placed(source, table, 5)
  await readings(source, 'a', 6)
  await readings(source, 'b', 2)
  await readings(source, 'c', 2)
  const sums = { north: 12, south: 4, west: 6, none: 4 }
  await holds(source, sums)
  await agrees(source)
  const copy = await copyOf(source)

  // Another worker goes on where this one ended, and follows the table.
  await stop(one)
  await rows(table, { b: { site: 'west' } })
  const two = await start(source)
  await placed(source, table, 8)
  await readings(source, 'b', 2)
  const later = { ...sums, west: 8 }
  await holds(source, later)
  await agrees(source)

  // The store comes back as it was before, and the log brings the rest.
  await stop(two)
  await putBack(source, copy)
  expect(await bySite(source)).toEqual(sums)
  const again = await start(source)
  await holds(source, later)
  expect((await readPosition(store, partitionKeys(source.name, 0, 1), source))!.rewinds).toBe(1)
  await agrees(source)

  // The store loses everything: the log says the same again, though a row of then is long another one.
  await putBack(source, [])
  await standsWith(source, '1 filling')
  await standsWith(source, '1 active')
  await holds(source, later)

  // And another definition, counted from the beginning.
  await stop(again)
  const three = await start(edited(source), { fileMs: 2 })
  await standsWith(source, '1 old, 2 active')
  await holds(source, later, 2)
  await agrees(source)
  expect(three.lines.join('\n')).not.toContain('HALTED')
  const { tables } = (await readPosition(store, partitionKeys(source.name, 0, 2), source))!
  expect(Object.values(tables!.get('devices')!.at).reduce((sum, one) => sum + one, 0)).toBe(6)
})

/** The same out of the log, as answers that no cells hold are made. */
async function bySiteInLog(source: Source, next: readonly number[]): Promise<Record<string, number>> {
  const reader = openReader(kafka())
  try {
    const scan = new LogScan(
      {
        source,
        metric: 'readings',
        fields: ['site'],
        conditions: [],
        interval: source.intervals[0]!,
        fromMs: T0,
        toMs: null,
      },
      { reader, admin: async () => admin },
      new ZoneMaps(),
      1000,
      { progress: () => {}, part: () => {}, pace: new PartPace() },
    )
    const tasks = next.map((end, partition) => ({
      partition,
      first: 0,
      next: end,
      skips: [],
      zone: `${partition}`,
    }))
    await scan.begin({ is: 'begin', scan: 1, cluster: '', partitions: tasks, question: {} as never })
    const sums: Record<string, number> = {}
    for (const [partition, until] of next.entries()) {
      const names = new Map<string, string>()
      const { changes } = await scan.advance({
        is: 'advance',
        scan: 1,
        partition,
        until,
        fromMs: T0,
        skips: [],
      })
      for (const { suffix, fields, lengths, bytes } of changes) {
        let at = 0
        const [block, group] = suffix.split(':').at(-1)!.split('.').map(Number) as [number, number]
        for (const [n, field] of fields.entries()) {
          const value = Buffer.from(bytes.subarray(at, (at += lengths[n]!)))
          if (suffix.startsWith('n:')) names.set(value.toString(), JSON.parse(field)[0] ?? 'none')
          else if (suffix.startsWith('c:site:')) {
            const name = names.get(String(cellAt(block, group, Number(field), false).id))!
            sums[name] = (sums[name] ?? 0) + value.readUInt8(0)
          }
        }
      }
    }
    return sums
  } finally {
    reader.close()
  }
}

test('a campaign table changes while events flow and two workers share the partitions: cells, log and recount agree', {
  timeout: 120_000,
}, async () => {
  const { source, table } = world()
  await admin.createTopic(table, 1, { 'cleanup.policy': 'compact' })
  await rows(table, { c0: { site: 'start' } })
  const one = await start(source)
  let [sent, seen] = [0, 0]
  let two: Awaited<ReturnType<typeof start>> | null = null
  const total = async (): Promise<number> =>
    Object.values(await bySite(source)).reduce((sum, count) => sum + count, 0)
  for (let round = 0; round < 20; round++) {
    if (round % 2 === 0)
      await rows(table, { [`c${round % 3}`]: round % 5 === 4 ? null : { site: `n${round}` } })
    await readings(source, `c${round % 3}`, 4)
    sent += 4
    if (round === 7) two = await start(source)
    if (round === 14) await stop(one)
    // In some rounds all is counted before the next change, in others they meet.
    if (round % 4 === 3) await expect.poll(async () => (seen = await total()), patience).toBe(sent)
  }
  expect(seen).toBe(sent)
  const cells = await bySite(source)
  expect(Object.keys(cells).length, 'the table changed on the way').toBeGreaterThan(3)
  const next = await Promise.all(
    [0, 1].map(
      async (partition) =>
        (await readPosition(store, partitionKeys(source.name, partition, 1), source))!.state.next,
    ),
  )
  expect(await bySiteInLog(source, next)).toEqual(cells)
  await agrees(source)
  expect([two!.crashes, two!.lines.filter((line) => line.includes('HALTED'))]).toEqual([[], []])
})
