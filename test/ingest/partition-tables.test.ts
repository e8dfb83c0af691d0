/** Fetched events wait until their tables are known; whatever the order in which workers and writer take their steps, an event has one row. */
import { expect, test } from 'vitest'
import { JournalLog } from '../../ingest/tables/journal-log.ts'
import { JournalWriter } from '../../ingest/tables/journal-writer.ts'
import { PartitionTables, type FollowedTable } from '../../ingest/tables/partition-tables.ts'
import { LogError } from '../../log/errors.ts'
import type { Source } from '../../model/definition.ts'
import { TableHistory, TableView } from '../../model/joins/history.ts'
import { firstState } from '../../model/partition-state.ts'
import type { Position } from '../../store/layout/position.ts'
import { clicks } from './loop.ts'
import { MemoryJournal } from './memory-journal.ts'

const table = { name: 'devices', topic: 't', columns: ['site'] }
const source: Source = { ...clicks, topic: 'e', joins: [table] }
const claim = { is: 'claim', by: 'a', epoch: 1, table: 't', topic: 'e' }
const rows = (n: number) => ({ is: 'rows', by: 'a', n, rows: [['d', JSON.stringify({ site: `v${n}` })]] })
const ends = (n: number, of: object | null) => ({ is: 'ends', by: 'a', n, at: { 0: n }, ends: of })
const begun = [claim, rows(1), ends(2, null)]

function follow(journal: MemoryJournal): FollowedTable {
  const history = new TableHistory(table.columns)
  return { history, log: new JournalLog(journal.clients, source, table, (change) => history.add(change)) }
}
function world(entries: readonly object[], patienceMs = 50) {
  const journal = new MemoryJournal('e', 't')
  for (const entry of entries) journal.send(entry)
  return { journal, tables: new PartitionTables([follow(journal)], 0, patienceMs) }
}
const standing = (next: number, at: { journal: string; next: number } | null): Position =>
  ({
    state: { ...firstState(0, 1), next },
    ...(at !== null && { tables: new Map([['devices', { ...at, at: {} }]]) }),
  }) as unknown as Position

test('LOOKUP_TABLE: where a table cannot be followed its events wait, and the halt says why', async () => {
  const says = async (entries: object[]) =>
    world(entries)
      .tables.covered()
      .catch((error: unknown) => error)
  const halts = (why: string) => ({ code: 'LOOKUP_TABLE', message: expect.stringContaining(why) })
  expect(await says([])).toMatchObject(halts('t was not read yet'))
  expect(await says([...begun, rows(3)])).toMatchObject(halts('a change of t has no place yet'))
  expect(await says([...begun, { is: 'refused', by: 'a', n: 3, why: 't has 20001 rows' }])).toMatchObject(
    halts('t has 20001 rows'),
  )
  expect(await says([...begun, { is: 'what' }])).toMatchObject(halts('offset 3 is no entry of a journal'))
  const { journal, tables } = world(begun)
  journal.fault = new LogError('LOG_UNREACHABLE', 'away')
  await expect(tables.covered()).rejects.toMatchObject(halts('cannot be read'))
  journal.fault = null
  await tables.covered()
})

test('a change that is on its way is waited for', async () => {
  const { journal, tables } = world([...begun, rows(3)], 60_000)
  const covered = tables.covered()
  journal.send(ends(4, { 0: 5 }))
  await covered
  tables.joined.moveTo(5)
  expect(tables.joined.of('devices').valueOf('d', 0)).toBe('v3')
})

test('LOOKUP_UNORDERED: a change that should have been known before, and a journal that is another one, halt', async () => {
  const { journal, tables } = world(begun)
  await tables.covered()
  tables.passed(7)
  journal.send(rows(3))
  journal.send(ends(4, { 0: 6 }))
  await tables.covered()
  expect(() => tables.passed(8)).toThrow(expect.objectContaining({ code: 'LOOKUP_UNORDERED' }))
  expect(() => tables.fields(7)).toThrow('holds from offset 6 of partition 0 on')

  const after = async (position: Position) =>
    world([...begun, rows(3), ends(4, { 0: 6 })]).tables.recovered(position)
  await after(standing(6, { journal: 'a', next: 3 }))
  await after(standing(7, { journal: 'a', next: 5 }))
  await after(standing(7, null))
  const unordered = { code: 'LOOKUP_UNORDERED' }
  await expect(after(standing(7, { journal: 'a', next: 3 }))).rejects.toMatchObject(unordered)
  await expect(after(standing(7, { journal: 'b', next: 3 }))).rejects.toMatchObject(unordered)
  await expect(after(standing(7, { journal: 'a', next: 6 }))).rejects.toMatchObject(unordered)
})

test('what was applied says which journal, how far it is known, and what the last offset was joined with', async () => {
  const { tables } = world([...begun, rows(3), ends(4, { 0: 6 })])
  expect(tables.fields(0)).toEqual([])
  await tables.covered()
  expect(tables.fields(6)).toEqual(['table:devices', '["a",5,{"0":2}]'])
  expect(tables.fields(7)).toEqual(['table:devices', '["a",5,{"0":4}]'])
})

test('a table that is too large is refused, and followed again once rows are gone', async () => {
  const { journal } = world([])
  const warnings: string[] = []
  const writer = new JournalWriter({
    source,
    table,
    clients: journal.clients,
    send: async (entry) => journal.send(entry),
    log: (line) => warnings.push(line),
  })
  journal.events.set(0, 3)
  await writer.begin()
  for (let n = 0; n < 70; n++) journal.table[0]!.push([`d${n}`, JSON.stringify({ site: 'x'.repeat(60_000) })])
  journal.table[0]!.push(['', '{}'])
  await writer.follow()
  await writer.follow()
  expect(journal.entries.filter((entry) => entry.includes('refused'))).toHaveLength(1)
  expect(journal.entries.at(-1)).toContain(
    'the rows of t are 4200970 characters; at most 4194304 are allowed',
  )
  expect(warnings).toEqual([expect.stringContaining('its key is no text of 1 to 1024 bytes')])
  journal.table[0]!.push(['d0', null])
  await writer.follow()
  const { log, history } = follow(journal)
  await log.catchUp()
  expect([log.journal.refused, history.changes.length]).toEqual([null, 1])
})

/** The same numbers each time. */
function dice(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % n
  }
}

test('in any order of their steps: two workers and whoever replays join each event with the same row', async () => {
  const rowsSeen = new Set<string>()
  for (let seed = 1; seed <= 12; seed++) {
    const below = dice(seed)
    const { journal } = world([])
    const pause = async (): Promise<void> => {
      for (let n = below(4); n > 0; n--) await new Promise((next) => setImmediate(next))
    }
    journal.pause = pause
    journal.events.set(0, 0)
    const seen: string[][] = [[], []]
    const joined: Promise<void>[] = []
    const over = { is: false }
    const writers = async (by: number): Promise<void> => {
      while (!over.is) {
        const writer = new JournalWriter({
          source,
          table,
          clients: journal.clients,
          send: async (entry) => {
            await pause()
            journal.send(entry)
            await pause()
          },
          log: () => {},
        })
        await writer.begin()
        for (let n = 0; n < 4 + by && (await writer.follow()); n++)
          await new Promise((next) => setImmediate(next))
        await new Promise((next) => setImmediate(next))
      }
    }
    const worker = async (own: string[]): Promise<void> => {
      const tables = new PartitionTables([follow(journal)], 0, 60_000)
      const view = tables.joined.of('devices')
      for (let next = 0; next < 40; ) {
        const fetched = journal.events.get(0)!
        await tables.covered()
        tables.passed(fetched)
        for (; next < fetched; next++) {
          tables.joined.moveTo(next)
          own[next] = view.valueOf('d', 0) ?? ''
        }
        await new Promise((again) => setImmediate(again))
      }
    }
    joined.push(worker(seen[0]!), worker(seen[1]!))
    const writing = [writers(0), writers(1)]
    for (let offset = 0; offset < 40; offset += 1 + below(3)) {
      if (below(2) === 0) journal.table[0]!.push(['d', JSON.stringify({ site: `at ${offset}` })])
      journal.events.set(0, offset)
      for (let n = below(12); n > 0; n--) await pause()
    }
    journal.events.set(0, 40)
    await Promise.all(joined)
    over.is = true
    await Promise.all(writing)
    const { log, history } = follow(journal)
    await log.catchUp()
    const view = new TableView(history, 0)
    const replayed = Array.from({ length: 40 }, (_, offset) => {
      view.moveTo(offset)
      return view.valueOf('d', 0) ?? ''
    })
    expect(seen, `seed ${seed}`).toEqual([replayed, replayed])
    for (const one of replayed) rowsSeen.add(`${seed} ${one}`)
  }
  expect(rowsSeen.size, 'the table changed on the way').toBeGreaterThan(30)
})
