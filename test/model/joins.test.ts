/** What a journal says, read from its beginning, and what a table was at each event. */
import { expect, test } from 'vitest'
import { TableHistory, TableView } from '../../model/joins/history.ts'
import { JournalDamaged, journalTopic, TableJournal, type TableRow } from '../../model/joins/journal.ts'
import { rowValues } from '../../model/joins/row.ts'

const claim = (by: string, epoch: number) => ({ is: 'claim', by, epoch, table: 't', topic: 'e' })
const rows = (by: string, n: number, ...of: TableRow[]) => ({ is: 'rows', by, n, rows: of })
const ends = (by: string, n: number, at: object | null) => ({ is: 'ends', by, n, at: { 0: n }, ends: at })
const site = (name: string): string => JSON.stringify({ site: name })

function read(entries: readonly object[]): { journal: TableJournal; history: TableHistory } {
  const journal = new TableJournal('t', 'e')
  const history = new TableHistory(['site'])
  for (const [offset, entry] of entries.entries()) {
    const change = journal.take(offset, JSON.stringify(entry))
    if (change !== null) history.add(change)
  }
  return { journal, history }
}
const begun = [claim('a', 1), rows('a', 1, ['d', site('north')]), ends('a', 2, null)]
/** What the view says of d at each offset. */
function along(view: TableView, offsets: readonly number[]): (string | null)[] {
  return offsets.map((offset) => {
    view.moveTo(offset)
    return view.valueOf('d', 0)
  })
}

test('a change holds from where the events ended once its rows were written; the first from the beginning', () => {
  const { history, journal } = read([
    ...begun,
    rows('a', 3, ['d', site('south')], ['x', null]),
    rows('a', 4, ['d', site('west')]),
    ends('a', 5, { 0: 4, 1: 9 }),
    rows('a', 6, ['d', null]),
    ends('a', 7, { 0: 6, 1: 9 }),
  ])
  const view = new TableView(history, 0)
  expect(along(view, [0, 3, 4, 5, 6, 100])).toEqual(['north', 'north', 'west', 'west', null, null])
  expect(along(view, [5, 0, 7]), 'back is as good as forth').toEqual(['west', 'north', null])
  expect(along(new TableView(history, 1), [8, 9])).toEqual(['north', null])
  expect([journal.isPending, journal.id, journal.next]).toEqual([false, 'a', 8])
})

test('a partition that was not there when the ends were asked takes the change where the next one is', () => {
  const { history } = read([
    ...begun,
    rows('a', 3, ['d', site('south')]),
    ends('a', 4, { 0: 4 }),
    rows('a', 5, ['e', site('x')]),
    ends('a', 6, { 0: 4, 1: 7 }),
  ])
  expect(along(new TableView(history, 1), [6, 7])).toEqual(['north', 'south'])
  expect(along(new TableView(history, 2), [99])).toEqual(['north'])
})

test('an end that lies before the one before it never undoes a change', () => {
  const { history } = read([
    ...begun,
    rows('a', 3, ['d', site('south')]),
    ends('a', 4, { 0: 9 }),
    rows('a', 5, ['d', site('west')]),
    ends('a', 6, { 0: 2 }),
  ])
  expect(along(new TableView(history, 0), [8, 9])).toEqual(['north', 'west'])
})

test('who was replaced counts for nothing, nor does what is said twice or was begun and not ended', () => {
  const { history, journal } = read([
    ...begun,
    rows('a', 3, ['d', site('lost')]),
    claim('b', 2),
    ends('a', 4, { 0: 1 }),
    claim('c', 2),
    rows('c', 1, ['d', site('never')]),
    rows('b', 1, ['d', site('south')]),
    ends('b', 2, { 0: 3 }),
    rows('b', 1, ['d', site('again')]),
    ends('b', 2, { 0: 3 }),
  ])
  expect(along(new TableView(history, 0), [2, 3, 9])).toEqual(['north', 'south', 'south'])
  expect([journal.by, journal.id, journal.isPending]).toEqual(['b', 'a', false])
})

test('events wait for a table that cannot be followed until its next change has a place', () => {
  const refused = [...begun, { is: 'refused', by: 'a', n: 3, why: 'too many rows' }]
  expect(read(refused).journal.refused).toBe('too many rows')
  expect(read([...refused, claim('b', 2)]).journal.refused).toBe('too many rows')
  const mended = [...refused, claim('b', 2), rows('b', 1), ends('b', 2, { 0: 3 })]
  expect(read(mended).journal.refused).toBeNull()
})

test.each([
  ['{', 'offset 0 is not JSON'],
  ['{"is":"other"}', 'offset 0 is no entry of a journal'],
  [JSON.stringify({ ...claim('a', 1), table: 'u' }), 'offset 0 is of table u and events e, not of t and e'],
])('%s is no entry of this journal', (entry, says) => {
  const take = (): unknown => new TableJournal('t', 'e').take(0, entry)
  expect(take).toThrow(JournalDamaged)
  expect(take).toThrow(says)
})

test('a row is a flat object; what is no text, number or flag is absent', () => {
  const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'toString']
  const text = '{"a":"x","b":1.50,"c":true,"d":null,"e":{"x":1},"f":"","g":1}'
  expect(rowValues(text, columns)).toEqual(['x', '1.5', 'true', null, null, null, null])
  expect(rowValues('{"a":1e400,"b":9007199254740993,"c":-0,"d":1e21,"e":[1]}', columns)).toEqual([
    null,
    '9007199254740992',
    '0',
    '1000000000000000000000',
    null,
    null,
    null,
  ])
  expect([rowValues('[1]', columns), rowValues('{', columns), rowValues('null', columns)]).toEqual([
    null,
    null,
    null,
  ])
})

test('the topic of a journal is named by both, as far as a topic can be', () => {
  expect(journalTopic('readings', 'devices')).toBe('tidemark.readings.lookup.devices')
  expect(journalTopic('x'.repeat(200), 'y'.repeat(50))).toBeNull()
})
