import { describe, expect, test } from 'vitest'
import { parseFilter, passes } from '../../../query-api/language/filter.ts'
import { ProblemError } from '../../../query-api/problem.ts'
import { readSeriesQuery, seriesKey } from '../../../query-api/language/query.ts'
import { readRejectsQuery, readTailQuery } from '../../../query-api/language/rows-query.ts'

function problemOf(work: () => unknown): ProblemError {
  try {
    work()
  } catch (error) {
    if (error instanceof ProblemError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('series queries', () => {
  test('defaults are the last 15 minutes of the total', () => {
    const query = readSeriesQuery('metric=clicks.events')
    expect(query).toMatchObject({
      source: 'clicks',
      metric: 'events',
      stat: null,
      by: [],
      where: [],
      interval: 'auto',
      limit: 50,
      format: 'columns',
    })
    expect(seriesKey(query)).toBe(
      seriesKey(readSeriesQuery('to=now&from=now-900s&limit=50&metric=clicks.events&by=')),
    )
  })

  test.each(['country%2Cdevice', 'country,device', 'country+device', 'country%2Bdevice'])(
    'by=%s names two fields',
    (by) => {
      expect(readSeriesQuery(`metric=a.b&by=${by}`).by).toEqual(['country', 'device'])
    },
  )

  test('a + in a time is a plus, in a value a space', () => {
    const query = readSeriesQuery('metric=a.b&from=2026-01-01T00:00:00+01:00&where=city:is:New+York')
    expect(query.from).toEqual({ absoluteMs: Date.parse('2025-12-31T23:00:00Z') })
    expect(query.where[0]!.values).toEqual(['New York'])
  })

  test.each([
    ['', '/metric'],
    ['metric=', '/metric'],
    ['metric=clicks', '/metric'],
    ['metric=a.b.c.d', '/metric'],
    ['metric=a.b%00', '/metric'],
    ['metric=%ff', '/metric'],
    ['metric=a.b&metric=a.c', '/metric'],
    ['metric[]=a.b', '/metric'],
    ['metric=a.b&metric[0]=x', '/metric[0]'],
    ['metric=a.b&colour=red', '/colour'],
    ['metric=a.b&__proto__=1', '/__proto__'],
    ['metric=a.b&constructor=1', '/constructor'],
    ['metric=a.b&limit=-1', '/limit'],
    ['metric=a.b&limit=1.5', '/limit'],
    ['metric=a.b&limit=1e9', '/limit'],
    ['metric=a.b&limit=0', '/limit'],
    ['metric=a.b&limit=1000000000', '/limit'],
    ['metric=a.b&limit=', '/limit'],
    ['metric=a.b&by=a,a', '/by'],
    ['metric=a.b&by=a,,b', '/by'],
    ['metric=a.b&by=a,b,c,d,e', '/by'],
    ['metric=a.b&by=../etc', '/by'],
    ['metric=a.b&interval=1x', '/interval'],
    ['metric=a.b&interval=-1s', '/interval'],
    ['metric=a.b&from=yesterday', '/from'],
    ['metric=a.b&to=now-', '/to'],
    ['metric=a.b&format=xml', '/format'],
    ['metric=a.b&where=country', '/where/0'],
    ['metric=a.b&where=a:is:b&where=a:gt:five', '/where/1'],
    ['metric=a.b&where=a:exists:maybe', '/where/0'],
    [`metric=a.b&${'where=a:is:b&'.repeat(17)}`, '/where'],
  ])('%s is refused at %s', (raw, pointer) => {
    const problem = problemOf(() => readSeriesQuery(raw))
    expect(problem.status).toBe(400)
    expect(problem.faults.map((fault) => fault.pointer)).toContain(pointer)
  })

  test('all faults at once', () => {
    const problem = problemOf(() => readSeriesQuery('metric=x&limit=-1&from=x&colour=red'))
    expect(problem.faults.map(({ pointer }) => pointer).sort()).toEqual([
      '/colour',
      '/from',
      '/limit',
      '/metric',
    ])
  })

  test('ten thousand filters and long addresses end early', () => {
    expect(problemOf(() => readSeriesQuery(`metric=a.b&${'where=a:is:b&'.repeat(600)}`)).status).toBe(400)
    expect(problemOf(() => readSeriesQuery(`metric=a.b&${'where=a:is:b&'.repeat(10_000)}`)).status).toBe(414)
  })

  test('a value that looks like a pattern is only a value, and is not slow', () => {
    const started = performance.now()
    const filter = parseFilter(`path:contains:${'(a+)+$'.repeat(300)}`)
    expect(typeof filter).toBe('object')
    if (typeof filter === 'object') passes(filter, 'a'.repeat(10_000), 1)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('rows queries', () => {
  test('source and limit', () => {
    expect(readTailQuery('source=clicks&limit=10&via=http')).toEqual({
      source: 'clicks',
      limit: 10,
      via: 'http',
      format: 'json',
    })
    expect(readRejectsQuery('source=clicks')).toEqual({
      source: 'clicks',
      limit: 50,
      via: null,
      format: 'json',
    })
  })
  test.each([
    '',
    'source=',
    'source=a&source=b',
    'source=a.b',
    'source=a&limit=501',
    'source=a&via=',
    'source=a&x=1',
  ])('%s is refused', (raw) => {
    expect(problemOf(() => readTailQuery(raw)).status).toBe(400)
  })
  test('rejects have no via', () =>
    expect(problemOf(() => readRejectsQuery('source=a&via=http')).status).toBe(400))
})

describe('filters', () => {
  const judge = (text: string, value: string | null): boolean | null => {
    const filter = parseFilter(text)
    if (typeof filter === 'string') throw new Error(filter)
    return passes(filter, value, 1)
  }
  test.each<[string, string | null, boolean]>([
    ['c:is:DE,FR', 'FR', true],
    ['c:is:DE,FR', 'US', false],
    ['c:is:DE', null, false],
    ['c:not:DE', null, true],
    ['c:not:DE', 'DE', false],
    ['c:prefix:/docs', '/docs/a', true],
    ['c:prefix:/docs', '/a/docs', false],
    ['c:contains:oc', '/docs', true],
    ['c:exists:true', null, false],
    ['c:exists:false', null, true],
    ['c:is:a\\,b', 'a,b', true],
    ['c:is:a\\,b', 'a', false],
    ['c:is:a\\\\,b', 'a\\', true],
    ['c:is:a:b', 'a:b', true],
    ['c:is:', '', true],
  ])('%s of %s is %s', (text, value, passed) => expect(judge(text, value)).toBe(passed))
})
