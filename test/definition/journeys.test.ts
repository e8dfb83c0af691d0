/** What a definition may say of journeys, what it means, and what it takes. */
import { expect, test } from 'vitest'
import { sourceText } from '../../cli/commands/check/output.ts'
import { DefinitionError } from '../../model/definition/faults.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { forecast } from '../../model/forecast.ts'

const read = (journeys: unknown, more: object = {}) =>
  readDefinition({
    sources: {
      web: {
        topic: 'web',
        key: 'visitor',
        time: 'ts',
        fields: { visitor: 'string?', path: 'string?', type: 'string?', load: 'number?' },
        metrics: { views: 'count' },
        ...(journeys !== undefined && { journeys }),
        ...more,
      },
    },
    keep: { '1h': '9d' },
  } as Parameters<typeof readDefinition>[0])[0]!

function faultsOf(journeys: unknown, more: object = {}): string[] {
  try {
    read(journeys, more)
    return []
  } catch (error) {
    return (error as DefinitionError).faults.map(({ place, says }) => `${place.slice(2).join('.')}: ${says}`)
  }
}

test('take their defaults, or what sessions say; nothing is there where nothing is said', () => {
  expect(Object.keys(read(undefined))).not.toContain('journeys')
  expect(read({ page: 'path' }).journeys).toEqual({
    gapMs: 1_800_000,
    lateMs: 1_800_000,
    page: 'path',
    where: [],
    steps: 2,
    transitions: 5000,
    budget: 50_000,
  })
  const sessions = { gap: '5m', page: 'path', where: ['type:is:view'] }
  const rule = read({ steps: 1 }, { sessions, budget: 70 }).journeys
  expect(rule).toEqual({
    gapMs: 300_000,
    lateMs: 300_000,
    page: 'path',
    where: [{ field: 'type', op: 'is', values: ['view'] }],
    steps: 1,
    transitions: 70,
    budget: 50_000,
  })
})

test.each([
  [{}, 'journeys: a page is needed, the field whose values are the steps, such as  page: path'],
  [{ page: 'pth' }, 'journeys.page: pth is not among the fields; did you mean "path"?'],
  [
    { page: 'load' },
    'journeys.page: load is a number; a page is a string field, such as  load: { type: string, accept: number }',
  ],
  [{ page: 'visitor' }, 'journeys.page: visitor is the key itself: nobody would ever go to another page'],
  [{ page: 'path', gap: '2d' }, 'journeys.gap: a gap is 1s to 1d'],
  [{ page: 'path', gap: '1m', late: '1h' }, 'journeys.late: at most 48 gaps: views are remembered as long'],
  [
    { page: 'path', steps: 3 },
    'journeys.steps: 3 does not fit; it takes 1 or 2: how far onward from a page is told',
  ],
  [
    { page: 'path', transitions: 0 },
    'journeys.transitions: 0 does not fit; it takes a whole number of names, 1 to 100000',
  ],
  [
    { page: 'path', where: ['typ:is:view'] },
    'journeys.where.0: typ is not among the fields; did you mean "type"?',
  ],
])('journeys %j are refused', (journeys, says) => {
  expect(faultsOf(journeys)).toEqual([says])
})

test('check says what they are and what they take', () => {
  const source = read({ page: 'path', where: ['type:is:view'], budget: 700 })
  const [plain, some, full] = [
    forecast(read(undefined), 100),
    forecast(source, 100),
    forecast(source, 99_999),
  ]
  expect(some.facts).toEqual([{ fact: 'journeys', count: 100, bytes: 30_000 }])
  expect(full.facts[0]!.count).toBe(700)
  expect(some.cells.map(({ breakdown }) => breakdown)).toEqual([
    'all',
    'journeys.all',
    'journeys.page',
    'journeys.next',
    'journeys.page+next',
    'journeys.page+next+then',
  ])
  const cells = some.cells.slice(1).reduce((sum, { bytes }) => sum + bytes, 0)
  const names = some.nameTables.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(some.bytes).toBe(plain.bytes + 30_000 + cells + names)
  const said = sourceText({ source, forecast: some, atBudget: full })
  expect(said).toContain(
    'from path to path of each visitor, of events where type is view, two steps onward; visits end after 30m, late events up to 30m find their place; 5,000 names a breakdown, UTC day and partition; at most 700 visitors a partition',
  )
  expect(said).toMatch(/^ {4}journeys\.page\+next\+then /m)
  expect(said).toMatch(/^ {4}journeys that go on +30 kB$/m)
})
