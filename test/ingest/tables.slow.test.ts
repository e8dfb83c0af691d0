/** Tables in topics, whole: events join them in the order of the log, whoever counts, however often, and the recount agrees. */
import { expect, test } from 'vitest'
import { readDefinition } from '../../model/definition-file.ts'
import type { Source } from '../../model/definition.ts'
import { journalTopic } from '../../model/joins/journal.ts'
import { cellAt } from '../../model/chunk.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/open.ts'
import { recount } from '../harness/tidemark.ts'
import {
  admin,
  broker,
  edited,
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

  // Another worker goes on where this one ended, and follows the table.
  await stop(one)
  await rows(table, { b: { site: 'west' } })
  const two = await start(source)
  await placed(source, table, 8)
  await readings(source, 'b', 2)
  const later = { ...sums, west: 8 }
  await holds(source, later)
  await agrees(source)

  // The store loses everything: the log says the same again, though a row of then is long another one.
  const [keys] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
  await store.pipeline(keys.map((key) => ['UNLINK', key]))
  await standsWith(source, '1 filling')
  await standsWith(source, '1 active')
  await holds(source, later)

  // And another definition, counted from the beginning.
  await stop(two)
  const three = await start(edited(source), { fileMs: 2 })
  await standsWith(source, '1 old, 2 active')
  await holds(source, later, 2)
  await agrees(source)
  expect(three.lines.join('\n')).not.toContain('HALTED')
  const { tables } = (await readPosition(store, partitionKeys(source.name, 0, 2), source))!
  expect(Object.values(tables!.get('devices')!.at).reduce((sum, one) => sum + one, 0)).toBe(6)
})
