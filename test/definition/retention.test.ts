/** What a definition may say of retention, what it means, and what it takes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sourceText } from '../../cli/commands/check/output.ts'
import { DefinitionError } from '../../model/definition/faults.ts'
import { readDefinition, readDefinitionText } from '../../model/definition/file.ts'
import { forecast } from '../../model/forecast.ts'

const DAY = 86_400_000

const read = (retention: unknown, more: object = {}, keep: Record<string, string> = { '1h': '9d' }) =>
  readDefinition({
    sources: {
      web: {
        topic: 'web',
        key: 'visitor',
        time: 'ts',
        fields: { visitor: 'string?', path: 'string?', country: 'string?', load: 'number?' },
        metrics: { views: 'count' },
        retention,
        ...more,
      },
    },
    keep,
  } as Parameters<typeof readDefinition>[0])[0]!

function faultsOf(retention: unknown): string[] {
  try {
    read(retention)
    return []
  } catch (error) {
    return (error as DefinitionError).faults.map(({ place, says }) => `${place.slice(2).join('.')}: ${says}`)
  }
}

test('retention takes its defaults: any event, the zone of the source, kept until nothing more can come', () => {
  const source = read({ r: { days: 14, by: ['country'] } }, { zone: 'Asia/Kolkata' })
  expect(source.retention).toEqual([
    {
      name: 'r',
      zone: 'Asia/Kolkata',
      weekStart: 'monday',
      joins: [],
      returns: [],
      units: [{ unit: 'day', periods: 14 }],
      by: [{ name: 'country', fields: ['country'] }],
      lateMs: 2 * DAY,
      // 14 days, the cohort's own, one for dates ahead of UTC, and two days late
      keepMs: 18 * DAY,
      budget: 50_000,
    },
  ])
  expect(read({ r: { days: 14 } }).retention![0]!.zone).toBe('UTC')
  expect(read({ r: { days: 14 } }, {}, { '1h': '90d' }).retention![0]!.keepMs).toBe(90 * DAY)
  expect(read({ r: { days: 14 } }, {}, { '1h': 'forever' }).retention![0]!.keepMs).toBeNull()
  expect(read({ r: { days: 14, keep: 'forever' } }).retention![0]!.keepMs).toBeNull()
})

test.each<[retention: unknown, says: string]>([
  [{ r: {} }, 'retention.r: cohorts are by day or by week: say  days: 14  or  weeks: 8  or both'],
  [{ r: { days: 61 } }, 'retention.r.days: 61 does not fit; it takes a whole number of days, 1 to 60'],
  [{ r: { weeks: 0 } }, 'retention.r.weeks: 0 does not fit; it takes a whole number of weeks, 1 to 52'],
  [
    { r: { days: 3, zone: 'europe/berlin' } },
    'retention.r.zone: europe/berlin: names of zones are told apart by capitals; it takes one such as Europe/Berlin or UTC',
  ],
  [
    { r: { days: 3, zone: 'Mars/Base' } },
    'retention.r.zone: Mars/Base is the name of no zone; it takes one such as Europe/Berlin or UTC',
  ],
  [{ r: { days: 3, late: '40d' } }, 'retention.r.late: at most 31d: members are remembered as long'],
  [
    { r: { weeks: 4, keep: '30d' } },
    'retention.r.keep: members come back to a cohort for up to 44 days; it takes 44d or more',
  ],
  [
    { r: { days: 3, joins: ['pth:is:/'] } },
    'retention.r.joins.0: pth is not among the fields; did you mean "path"?',
  ],
  [
    { r: { days: 3, by: ['visitor'] } },
    'retention.r.by.0: visitor is the key itself: every member would be a name of its own',
  ],
  [
    { r: { days: 3, by: ['load'] } },
    'retention.r.by.0: load is a number; retention is split by a string field, such as  load: { type: string, accept: number }',
  ],
  [{ r: { days: 3, by: ['country', 'country'] } }, 'retention.r.by.1: country is given twice'],
  [
    Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`r${n}`, { days: 3 }])),
    'retention: 11 of them; at most 10 are allowed',
  ],
])('retention %j is refused', (retention, says) => {
  expect(faultsOf(retention)).toEqual([says])
})

test('check says what it is, and what it takes beside the intervals of the source', () => {
  const source = read({
    r: {
      joins: ['path:is:/signup'],
      days: 14,
      weeks: 8,
      zone: 'Europe/Berlin',
      by: ['country'],
      budget: 700,
    },
  })
  const [some, full] = [forecast(source, 100), forecast(source, 99_999)]
  expect(some.facts.map(({ fact, count }) => [fact, count])).toEqual([
    ['retention-r-day', 100],
    ['retention-r-week', 100],
  ])
  expect(full.facts.map(({ count }) => count)).toEqual([700, 700])
  const said = sourceText({ source, forecast: some, atBudget: full })
  expect(said).toContain(
    'r: each visitor joins by events where path is /signup and comes back by any event; 14 days after its day, 8 weeks after its week of Europe/Berlin, weeks from monday on; by country of the event that joins; late events up to 2d; kept for 72d; at most 700 visitors a partition and unit',
  )
  expect(said).toMatch(/^ {4}by +1h +1d +names/m)
  expect(said).toMatch(/^ {4}retention-r-day\.country +\S+ .B/m)
})

test('the example is one', () => {
  const bytes = readFileSync(join(import.meta.dirname, '../../examples/retention.yaml'))
  const [{ retention }] = readDefinitionText(bytes) as [ReturnType<typeof read>]
  expect(retention!.map(({ name, zone }) => [name, zone])).toEqual([
    ['signups', 'Europe/Berlin'],
    ['visitors', 'Europe/Berlin'],
  ])
})
