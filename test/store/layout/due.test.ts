import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DueList } from '../../../ingest/due-list.ts'
import { DueWrites } from '../../../ingest/outputs/due-writes.ts'
import { blockOf, chunkSuffix, groupOf } from '../../../model/chunk.ts'
import { readDefinition } from '../../../model/definition/file.ts'
import { shipped } from '../../../model/shipped.ts'
import { partitionKeys } from '../../../store/keys.ts'
import { dueOfNames, suffixesOfDue } from '../../../store/layout/due.ts'

const source = readDefinition(shipped).find(({ name }) => name === 'clicks')!
const keys = partitionKeys('s', 0, 1)
const ranked = source.metrics.flatMap((metric) => ('rank' in metric ? metric.rank : []))[0]!

/** What is written to `due`: put in and taken out. */
function written(writes: DueWrites): { added: Map<string, number>; gone: string[]; earliestMs: number } {
  const added = new Map<string, number>()
  const gone: string[] = []
  const earliestMs = writes.write({
    sortedSet: () => {},
    withoutMembers: () => {},
    member: (score, member) => void added.set(String(member), score),
    gone: (member) => void gone.push(String(member)),
  })
  return { added, gone, earliestMs }
}

test('L11: what a cell is in is freed by a member that it put down, never before it is past and at most a group of windows later', () => {
  fc.assert(
    fc.property(
      fc.nat(source.breakdowns.length - 1),
      fc.nat(source.intervals.length - 1),
      fc.nat(2 ** 31),
      fc.array(fc.nat(20_000), { minLength: 1, maxLength: 5 }),
      (b, i, window, someIds) => {
        const [breakdown, interval] = [source.breakdowns[b]!, source.intervals[i]!]
        const isTotal = b === 0
        const list = new DueWrites(source)
        const due = new Map<string, number>()
        for (const someId of someIds) {
          const id = isTotal ? 1 : someId
          const block = blockOf(id, isTotal)
          const group = groupOf(window, block, isTotal)
          list.addChunk(b, i, block, group)
          const { added, gone } = written(list)
          for (const member of gone) due.delete(member)
          for (const [member, dueMs] of added) due.set(member, dueMs)
          expect(due.size).toBe(1) // whatever came before, one member stands for all
          const [[member, dueMs]] = [...due] as [[string, number]]
          const suffixes = suffixesOfDue(member, source)
          expect(suffixes).toContain(chunkSuffix(breakdown.name, interval.name, block, group))
          expect(new Set(suffixes).size).toBe(suffixes.length)
          const pastMs = (window + 1) * interval.ms + interval.keepMs!
          expect(dueMs).toBeGreaterThanOrEqual(pastMs)
          expect(dueMs - pastMs).toBeLessThan((isTotal ? 128 : 16) * interval.ms)
          if (!isTotal && interval.name === '1m')
            expect(suffixes.some((one) => one.includes(`:${ranked}:1m:`) && one.endsWith(`:${window}`))).toBe(
              true,
            )
        }
      },
    ),
  )
})

test('a group changes its member seldom, whatever names come', () => {
  const list = new DueWrites(source)
  let members = 0
  for (let id = 0; id < 5000; id++) {
    list.addChunk(1, 0, blockOf(id, false), groupOf(16, blockOf(id, false), false))
    members += written(list).added.size
  }
  expect(members).toBeLessThanOrEqual(9)
})

test('names go by themselves, and what is kept for ever is in no list', () => {
  expect(dueOfNames('path', 3, source.intervals)).toEqual({
    member: 'n:path:3',
    dueMs: 4 * 86_400_000 + Math.max(...source.intervals.map(({ keepMs }) => keepMs!)),
  })
  expect(suffixesOfDue('n:path:3', source)).toEqual(['n:path:3'])
  const forever = {
    ...source,
    intervals: [...source.intervals, { name: '1d', ms: 86_400_000, keepMs: null }],
  }
  const list = new DueWrites(forever)
  for (const breakdown of [0, 1]) {
    list.addChunk(breakdown, source.intervals.length, 0, 1)
    list.addNames(breakdown, 3)
  }
  expect(written(list).added.size).toBe(0)
  for (const other of ['c:path:1s:0.3', 'g:1y:3:1', 'g:1s:3', 't:1s', 'g:1s:x:1'])
    expect(suffixesOfDue(other, source)).toEqual([])
})

test('L10: a call frees a bounded number of keys, and those after it the rest, each once', () => {
  const list = new DueList(keys, source)
  const members = ['g:1s:5:66.1', 'g:1s:6:2.2.2.2.2.2', 't:1s:1', 'n:path:1']
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
  const writes = new DueWrites(source)
  writes.addNames(1, -100_000)
  list.noteAdded(written(writes).earliestMs)
  expect(list.question(0)).toHaveLength(1) // what was added may be due sooner
})
