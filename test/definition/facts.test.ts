/** What a definition may say of sessions, what it means, and what it takes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sourceText } from '../../cli/commands/check/output.ts'
import { DefinitionError } from '../../model/definition/faults.ts'
import { readDefinition, readDefinitionText } from '../../model/definition/file.ts'
import { forecast } from '../../model/forecast.ts'

const read = (sessions: unknown, more: object = {}) =>
  readDefinition({
    sources: {
      web: {
        topic: 'web',
        key: 'visitor',
        time: 'ts',
        fields: {
          visitor: 'string?',
          path: 'string?',
          country: 'string?',
          load: 'number?',
          tags: 'string[]',
        },
        metrics: { views: 'count' },
        ...(sessions !== undefined && { sessions }),
        ...more,
      },
    },
    keep: { '1h': '9d' },
  } as Parameters<typeof readDefinition>[0])[0]!

function faultsOf(sessions: unknown, more: object = {}): string[] {
  try {
    read(sessions, more)
    return []
  } catch (error) {
    return (error as DefinitionError).faults.map(({ place, says }) => `${place.slice(2).join('.')}: ${says}`)
  }
}

test('takes its defaults, and leaves no trace where nothing is said', () => {
  expect(Object.keys(read(undefined))).not.toContain('sessions')
  expect(read({}).sessions).toEqual({
    gapMs: 1_800_000,
    lateMs: 1_800_000,
    page: null,
    where: [],
    by: [],
    budget: 50_000,
  })
  expect(
    read({ gap: '5m', page: 'path', late: '1h', by: ['country', ['entry', 'country']] }).sessions,
  ).toMatchObject({
    gapMs: 300_000,
    lateMs: 3_600_000,
    by: [
      { name: 'country', fields: ['country'] },
      { name: 'entry+country', fields: ['entry', 'country'] },
    ],
  })
})

test.each([
  [{ gap: '10ms' }, 'sessions.gap: a gap is 1s to 1d'],
  [{ gap: '1m', late: '1h' }, 'sessions.late: at most 48 gaps of 1m: sessions are remembered as long'],
  [
    { page: 'load' },
    'sessions.page: load is a number; a page is a string field, such as  load: { type: string, accept: number }',
  ],
  [
    { page: 'visitor' },
    'sessions.page: visitor is the key itself: every session would have a page of its own',
  ],
  [{ page: 'pth' }, 'sessions.page: pth is not among the fields; did you mean "path"?'],
  [
    { page: 'tags' },
    'sessions.page: tags has several values; only breakdowns and conditions take a string[] field',
  ],
  [
    { by: ['tags'] },
    'sessions.by.0: tags has several values; only breakdowns and conditions take a string[] field',
  ],
  [{ by: ['visitor'] }, 'sessions.by.0: visitor is the key itself: every session would be a name of its own'],
  [
    { page: 'path', by: ['exit'] },
    'sessions.by.0: sessions are split by exit anyway; here it stands beside others, such as [exit, country]',
  ],
  [{ by: [['entry', 'country']] }, 'sessions.by.0: entry is that of a page: it needs  page: FIELD'],
  [{ by: ['country', 'country'] }, 'sessions.by.1: country is given twice'],
  [{ by: [['country', 'country']] }, 'sessions.by.0: the same field twice'],
  [
    { where: ['nope:is:x'] },
    'sessions.where.0: nope is not among the fields; they are visitor, path, country, load, tags',
  ],
  [
    { budget: 0 },
    'sessions.budget: 0 does not fit; it takes a whole number of values of the key, 1 to 10000000',
  ],
  [{ gaps: '1m' }, 'sessions.gaps: not known here; did you mean "gap"?'],
  [
    'yes',
    'sessions: "yes" does not fit; it takes a block { gap: 30m, page: FIELD, by: [FIELD, ...] }; {} takes all defaults',
  ],
])('%j is refused', (sessions, says) => {
  expect(faultsOf(sessions)).toEqual([says])
})

test('a field of the source that is called as a page of the session is not taken for it', () => {
  const fields = { visitor: 'string?', path: 'string?', entry: 'string?', country: 'string?' }
  expect(faultsOf({ page: 'path', by: [['entry', 'country']] }, { fields })).toEqual([
    'sessions.by.0: entry is a page of the session, and a field too: give the field another name',
  ])
  expect(faultsOf({ page: 'path', by: ['country'] }, { fields })).toEqual([])
})

const steps = { cart: ['path:is:/cart'], paid: ['path:is:/paid'] }
test.each([
  [{ f: { steps: { one: ['path:is:/'] } } }, 'funnels.f.steps: 1 steps; a funnel has 2 to 8'],
  [{ f: { steps, within: '10ms' } }, 'funnels.f.within: a way takes 1s to 31d'],
  [
    { f: { steps: { ...steps, two: ['pth:is:/'] } } },
    'funnels.f.steps.two.0: pth is not among the fields; did you mean "path"?',
  ],
  [
    { f: { steps: { ...steps, two: [] } } },
    'funnels.f.steps.two: an empty list does not fit; it takes a list of conditions, such as [type:is:page_view]',
  ],
  [
    { f: { steps, by: ['visitor'] } },
    'funnels.f.by.0: visitor is the key itself: every way would be a name of its own',
  ],
  [
    { f: { steps, by: ['load'] } },
    'funnels.f.by.0: load is a number; a funnel is split by a string field, such as  load: { type: string, accept: number }',
  ],
  [{ f: { steps, by: [['country', 'country']] } }, 'funnels.f.by.0: the same field twice'],
  [{ f: { steps, by: ['country', 'country'] } }, 'funnels.f.by.1: country is given twice'],
  [
    { f: {} },
    'funnels.f.steps: missing; it takes a block of steps in their order, such as { cart: [path:is:/cart], paid: [type:is:paid] }',
  ],
  [
    Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`f${n}`, { steps }])),
    'funnels: 11 funnels; at most 10 are allowed',
  ],
])('funnels %j are refused', (funnels, says) => {
  expect(faultsOf(undefined, { funnels })).toEqual([says])
})

test('funnels take their defaults, and what they take is in the forecast', () => {
  const source = read(undefined, { funnels: { buy: { steps, by: ['country'] } } })
  expect(source.funnels).toEqual([
    {
      name: 'buy',
      withinMs: 3_600_000,
      steps: [
        { name: 'cart', where: [{ field: 'path', op: 'is', values: ['/cart'] }] },
        { name: 'paid', where: [{ field: 'path', op: 'is', values: ['/paid'] }] },
      ],
      by: [{ name: 'country', fields: ['country'] }],
      budget: 50_000,
    },
  ])
  const some = forecast(source, 100)
  expect(some.facts).toEqual([{ fact: 'funnel-buy', count: 100, bytes: 11_000 }])
  expect(sourceText({ source, forecast: some, atBudget: some })).toContain(
    'buy: cart (path is /cart), then paid (path is /paid), within 1h; by country of the first step; at most 50,000 visitors a partition',
  )
})

test('check says what they are and what they take', () => {
  const source = read({ page: 'path', by: ['country'], where: ['path:not:/ping'], budget: 700 })
  const [plain, some, full] = [
    forecast(read(undefined), 100),
    forecast(source, 100),
    forecast(source, 99_999),
  ]
  expect(plain.facts).toEqual([])
  // 150 bytes and three texts each
  expect(some.facts).toEqual([{ fact: 'sessions', count: 100, bytes: 21_000 }])
  expect(full.facts[0]!.count).toBe(700)
  expect(some.cells.map(({ breakdown }) => breakdown)).toEqual([
    'all',
    'sessions.all',
    'sessions.entry',
    'sessions.exit',
    'sessions.country',
  ])
  const cells = some.cells.slice(1).reduce((sum, { bytes }) => sum + bytes, 0)
  const names = some.nameTables.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(some.bytes).toBe(plain.bytes + 21_000 + cells + names)
  const said = sourceText({ source, forecast: some, atBudget: full })
  expect(said).toContain(
    'visits of each visitor: end after 30m, late events up to 30m find theirs; pages are events where path is not /ping, entry and exit by path; by country of the first event; at most 700 visitors a partition',
  )
  expect(said).toMatch(/^ {4}sessions\.exit /m)
  expect(said).toMatch(/^ {4}sessions that go on +21 kB$/m)
})

test('the example is one', () => {
  const bytes = readFileSync(join(import.meta.dirname, '../../examples/sessions.yaml'))
  const [{ sessions, funnels }] = readDefinitionText(bytes) as [ReturnType<typeof read>]
  expect([sessions?.page, funnels?.map(({ name }) => name)]).toEqual(['path', ['checkout']])
})
