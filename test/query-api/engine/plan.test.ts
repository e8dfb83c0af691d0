/** How a query is answered, by the definition, the clocks and whether the log can be read: one row a case. */
import { describe, expect, test } from 'vitest'
import { choose, plan, type Plan, type PlanCatalog } from '../../../query-api/engine/plan/plan.ts'
import { readSeriesQuery, readTopQuery } from '../../../query-api/language/query.ts'
import { testSource } from '../fill.ts'

const nowMs = Date.parse('2026-03-01T12:00:00Z')
const source = testSource('plans')
const cells: PlanCatalog = {
  source,
  partitions: 4,
  clocks: { nowMs, latestMs: nowMs, clockMs: nowMs },
  canScan: false,
}
const log: PlanCatalog = { ...cells, canScan: true }
const series = (raw: string, catalog = cells): Plan => plan(readSeriesQuery(`metric=plans.${raw}`), catalog)
const top = (raw: string, catalog = cells) => plan(readTopQuery(`metric=plans.${raw}`), catalog)

/** The breakdown and the intervals to try, or the problem. */
function said(made: ReturnType<typeof series> | ReturnType<typeof top>): string {
  if (made.is === 'refuse') return `refuse ${made.problem.kind}`
  const tried = made.candidates.map((one) =>
    'interval' in one ? one.interval.name : one.runs.map(({ interval }) => interval.name).join('+'),
  )
  return `${made.is} ${made.resolved.breakdown.name}: ${tried.join(', ')}`
}

describe('series', () => {
  test.each([
    ['events', 'rollup all: 1s, 1m, 1h'],
    ['events&by=country', 'rollup country: 1s, 1m, 1h'],
    ['events&by=device', 'rollup country+device: 1s, 1m, 1h'],
    ['events&where=device:is:phone', 'rollup country+device: 1s, 1m, 1h'],
    ['events&by=country&where=device:is:phone', 'rollup country+device: 1s, 1m, 1h'],
    ['load.max&from=now-14h', 'rollup all: 1m, 1h'],
    ['events&from=now-3d', 'rollup all: 1h'],
    ['events&interval=1m', 'rollup all: 1m'],
    ['events&interval=1d&tz=Asia/Kathmandu&from=now-2d/d', 'rollup all: 1d'],
    ['events&interval=5s', 'refuse bad_request'],
    ['events&interval=1s&from=now-2h', 'refuse interval_too_fine'],
    ['events&from=1970-01-01', 'refuse range_too_long'],
    ['events&from=now', 'refuse bad_request'],
    ['nothing', 'refuse not_found'],
    ['load.median', 'refuse bad_request'],
    ['events&by=planet', 'refuse bad_request'],
    ['events&by=load', 'refuse bad_request'],
    ['events&by=visitor', 'refuse breakdown_needed'],
    ['events&by=country&where=visitor:is:a', 'refuse breakdown_needed'],
  ])('%s: %s', (raw, wanted) => expect(said(series(raw))).toBe(wanted))
})

describe('rankings', () => {
  test.each([
    ['events&by=country&from=now-1h/h&to=now/h', 'rollup country: 1h'],
    ['events&by=device&from=now-90s/m&to=now/m', 'rollup country+device: 1m'],
    ['events&by=visitor', 'refuse breakdown_needed'],
    ['events&by=country&from=now', 'refuse bad_request'],
  ])('%s: %s', (raw, wanted) => expect(said(top(raw)).split(', ')[0]).toBe(wanted))
})

describe('where the log can be read', () => {
  test.each([
    ['events&by=country', 'rollup country: 1s, 1m, 1h'],
    ['events&by=visitor', 'scan visitor: 1s, 1m, 1h'],
    ['events&by=country&where=visitor:is:a', 'scan country+visitor: 1s, 1m, 1h'],
    // What the store no longer keeps, the log may hold.
    ['events&by=visitor&from=now-60m&to=now-50m', 'scan visitor: 1s, 1m, 1h'],
    ['events&by=visitor&from=now', 'refuse bad_request'],
    ['events&by=load', 'refuse bad_request'],
  ])('%s: %s', (raw, wanted) => expect(said(series(raw, log))).toBe(wanted))

  test('a scan goes by a source that keeps the breakdown asked for, alone and for ever', () => {
    const made = top('load.avg&by=visitor&where=device:is:phone', log)
    if (made.is !== 'scan') throw new Error(made.is)
    const { resolved } = made
    expect(resolved.source.breakdowns.map(({ name }) => name)).toEqual(['all', 'visitor+device'])
    expect(resolved.source.intervals.map(({ name, keepMs }) => [name, keepMs])).toEqual([
      ['1s', null],
      ['1m', null],
      ['1h', null],
    ])
    expect(resolved.metric.name).toBe('load')
    expect(source.breakdowns.map(({ name }) => name)).toEqual(['all', 'country', 'country+device'])
  })
})

describe('a metric that some breakdowns keep', () => {
  const some = {
    ...source,
    metrics: source.metrics.map((one) => ({
      ...one,
      breakdowns: one.name === 'load' ? ['country'] : ['all'],
    })),
  }
  const [kept, logged] = [
    { ...cells, source: some },
    { ...log, source: some },
  ]
  test.each([
    // All names of the country together are all events.
    ['load.max', 'rollup country: 1s, 1m, 1h', 'rollup country: 1s, 1m, 1h'],
    ['load.max&by=country', 'rollup country: 1s, 1m, 1h', 'rollup country: 1s, 1m, 1h'],
    ['load.max&by=device', 'refuse breakdown_needed', 'scan device: 1s, 1m, 1h'],
    ['events', 'rollup all: 1s, 1m, 1h', 'rollup all: 1s, 1m, 1h'],
    ['events&by=country', 'refuse breakdown_needed', 'scan country: 1s, 1m, 1h'],
    ['events&by=visitor', 'refuse breakdown_needed', 'scan visitor: 1s, 1m, 1h'],
  ])('%s: %s, with the log %s', (raw, wanted, withLog) => {
    expect(said(series(raw, kept))).toBe(wanted)
    expect(said(series(raw, logged))).toBe(withLog)
  })

  test('a scan has it whatever the definition keeps', () => {
    const made = series('load.max&by=device', logged)
    if (made.is !== 'scan') throw new Error(made.is)
    expect(made.resolved.source.metrics.filter(({ breakdowns }) => breakdowns !== undefined)).toEqual([])
    expect(Object.keys(made.resolved.parts.measure.statistics)).toContain('stddev')
  })

  test('the line to add is the metric that lacks it, or both', () => {
    const helpOf = (raw: string) => {
      const made = series(raw, kept)
      if (made.is !== 'refuse') throw new Error(made.is)
      return { line: made.help!.line, says: made.problem.message, faults: made.problem.faults }
    }
    const device = helpOf('load.max&by=device')
    expect(device.line).toBe('breakdowns: [country, [country, device]]')
    expect(device.says).toMatch(
      /^plans.load is kept in country, not in country\+device; add \[country, device\] to "breakdowns:" of plans.load, which takes at most [\d.]+ GB/,
    )
    expect(device.faults).toEqual([
      { pointer: '/metric', detail: 'load: { ..., breakdowns: [country, [country, device]] }' },
    ])
    expect(helpOf('events&by=visitor').faults).toEqual([
      { pointer: '/by', detail: 'breakdowns: [country, [country, device], visitor]' },
      { pointer: '/metric', detail: 'events: { ..., breakdowns: [all, visitor] }' },
    ])
  })
})

describe('what would help', () => {
  test('the line to add, and its memory over all partitions', () => {
    const made = series('events&by=visitor')
    if (made.is !== 'refuse' || made.help === null) throw new Error(made.is)
    const { fields, line, bytes } = made.help
    expect({ fields, line }).toEqual({
      fields: ['visitor'],
      line: 'breakdowns: [country, [country, device], visitor]',
    })
    expect(made.problem.message).toMatch(/add visitor to "breakdowns:" of plans, which takes at most \d+ GB/)
    const one = series('events&by=visitor', { ...cells, partitions: 1 })
    expect(bytes).toBe(4 * (one.is === 'refuse' ? one.help!.bytes : 0))
    expect(bytes).toBeGreaterThan(4 * 5000 * 2700) // a cell of every name and second that is kept
  })

  test('a query that is itself at fault is not helped by a definition', () => {
    expect(series('nothing')).toMatchObject({ is: 'refuse', help: null })
  })
})

test('a choice stands while time moves on', () => {
  const query = readSeriesQuery('metric=plans.events&by=country')
  const choice = choose(query, cells)
  const later = { ...cells, clocks: { ...cells.clocks, nowMs: nowMs + 60_000 } }
  const made = [cells, later].map((catalog) => plan(query, catalog, choice))
  expect(made.map((one) => one.is !== 'refuse' && one.resolved)).toEqual([
    (choice as { resolved: unknown }).resolved,
    (choice as { resolved: unknown }).resolved,
  ])
  const firsts = made.map((one) => {
    const first = one.is === 'refuse' ? undefined : one.candidates[0]
    return first !== undefined && 'first' in first ? first.first : Number.NaN
  })
  expect(firsts[1]! - firsts[0]!).toBe(60)
  expect(said(plan(query, cells))).toBe(said(made[0]!))
})
