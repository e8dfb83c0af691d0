import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DueList } from '../../../ingest/due-list.ts'
import { blockOf, chunkSuffix, groupOf } from '../../../model/chunk.ts'
import { readDefinition } from '../../../model/definition-file.ts'
import { shipped } from '../../../model/shipped.ts'
import { partitionKeys } from '../../../store/keys.ts'
import { dueOfChunk, dueOfNames, suffixesOfDue } from '../../../store/layout/due.ts'

const source = readDefinition(shipped).find(({ name }) => name === 'clicks')!
const ranked = source.metrics.flatMap((metric) => ('rank' in metric ? metric.rank : []))[0]!

test('L11: what a cell is in is freed by the member that it put down, never before it is past and at most a group of windows later', () => {
  fc.assert(
    fc.property(
      fc.nat(source.breakdowns.length - 1),
      fc.nat(source.intervals.length - 1),
      fc.nat(2 ** 31),
      fc.nat(20_000),
      (b, i, window, someId) => {
        const [breakdown, interval] = [source.breakdowns[b]!, source.intervals[i]!]
        const isTotal = breakdown.fields.length === 0
        const id = isTotal ? 1 : someId
        const block = blockOf(id, isTotal)
        const group = groupOf(window, block, isTotal)
        const due = dueOfChunk(breakdown, interval, block, group)!
        const suffixes = suffixesOfDue(due.member, source)
        expect(suffixes).toContain(chunkSuffix(breakdown.name, interval.name, block, group))
        expect(new Set(suffixes).size).toBe(suffixes.length)
        const pastMs = (window + 1) * interval.ms + interval.keepMs!
        expect(due.dueMs).toBeGreaterThanOrEqual(pastMs)
        expect(due.dueMs - pastMs).toBeLessThan((isTotal ? 128 : 16) * interval.ms)
        if (ranked.includes(breakdown.name) && interval.name === '1m')
          expect(suffixes.some((suffix) => suffix.startsWith('z:') && suffix.endsWith(`:${window}`))).toBe(
            true,
          )
      },
    ),
  )
})

test('a group has few members, whatever names come', () => {
  const breakdown = source.breakdowns[1]!
  const members = Array.from(
    { length: 5000 },
    (_, id) =>
      dueOfChunk(
        breakdown,
        source.intervals[0]!,
        blockOf(id, false),
        groupOf(16, blockOf(id, false), false),
      )!,
  ).map(({ member }) => member)
  expect(new Set(members).size).toBeLessThanOrEqual(9)
})

test('names go by themselves, and what is kept for ever is in no list', () => {
  expect(dueOfNames('path', 3, source.intervals)).toEqual({
    member: 'n:path:3',
    dueMs: 4 * 86_400_000 + Math.max(...source.intervals.map(({ keepMs }) => keepMs!)),
  })
  expect(suffixesOfDue('n:path:3', source)).toEqual(['n:path:3'])
  const forever = { name: '1h', ms: 3_600_000, keepMs: null }
  expect(dueOfChunk(source.breakdowns[0]!, forever, 0, 1)).toBe(null)
  expect(dueOfNames('path', 3, [...source.intervals, forever])).toBe(null)
  for (const other of ['c:path:1s:0.3', 'g:nobody:1s:1.3', 'g:path:1y:1.3', 'g:path:1s:1'])
    expect(suffixesOfDue(other, source)).toEqual([])
})

test('L10: a call frees a bounded number of keys, and those after it the rest, each once', () => {
  const list = new DueList(partitionKeys('s', 0, 1), source)
  const members = ['g:path:1s:66.5', 'g:path:1s:2.6', 'n:path:1']
  const all = members.flatMap((member) => suffixesOfDue(member, source))
  const freed: string[] = []
  let standing = members
  let calls = 0
  for (; standing.length > 0 && calls < 20; calls++) {
    expect(list.question(100)).toHaveLength(1)
    const { suffixes, members: gone } = list.answer(
      standing.flatMap((member) => [Buffer.from(member), Buffer.from('100')]),
      100,
    )
    expect(suffixes.length).toBeLessThanOrEqual(512)
    freed.push(...suffixes)
    standing = standing.filter((member) => !gone.includes(member))
    expect(list.behind).toBe(standing.length > 0)
  }
  expect(calls).toBe(Math.ceil(all.length / 512))
  expect(freed).toEqual(all)
  list.answer([Buffer.from('n:path:2'), Buffer.from('500')], 100)
  expect([list.question(499), list.question(500).length]).toEqual([[], 1])
})
