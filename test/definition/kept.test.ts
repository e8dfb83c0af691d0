/** `breakdowns:` of a metric: what may stand there, and what is said of the rest. */
import { expect, test } from 'vitest'
import { DefinitionError, readDefinition } from '../../model/definition/file.ts'

const AT = 'sources.shop.metrics'

function faultsOf(metrics: Record<string, unknown>): string[] {
  const fields = { shopper: 'string', country: 'string', page: 'string' }
  const shop = { topic: 'shop', key: 'shopper', time: 'ts', fields, metrics }
  try {
    readDefinition({
      sources: { shop: { ...shop, breakdowns: ['country', ['page', 'country']] } },
      keep: { '1m': '1d' },
    })
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    return error.message.split('\n').map((line) => line.trim())
  }
  return []
}

const few = (breakdowns: unknown, more: object = {}): Record<string, unknown> => ({
  events: 'count',
  few: { count: true, breakdowns, ...more },
})

test.each([
  ['the total', few(['all'])],
  ['a breakdown by its fields in any order', few([['country', 'page'], 'country'])],
  ['and ranked by what it keeps', few(['country'], { rank: ['country'] })],
])('%s is allowed', (_, metrics) => expect(faultsOf(metrics)).toEqual([]))

test.each([
  [
    'an empty list',
    few([]),
    `${AT}.few.breakdowns: an empty list does not fit; it takes a list of breakdowns, such as [all, country]`,
  ],
  [
    'no list',
    few('all'),
    `${AT}.few.breakdowns: "all" does not fit; it takes a list of breakdowns, such as [all, country]`,
  ],
  [
    'a breakdown nobody declared',
    few(['all', 'cuontry']),
    `${AT}.few.breakdowns[1]: cuontry is not among the breakdowns; did you mean "country"?`,
  ],
  [
    'a field that is none',
    few(['shopper']),
    `${AT}.few.breakdowns[0]: shopper is not among the breakdowns; they are all, country, page+country`,
  ],
  [
    'one of them twice',
    few([
      ['page', 'country'],
      ['country', 'page'],
    ]),
    `${AT}.few.breakdowns[1]: page+country is given twice`,
  ],
  [
    'a ranking by what it does not keep',
    few(['all'], { rank: ['country'] }),
    `${AT}.few.rank[0]: country does not keep few: add it to "breakdowns:" of few`,
  ],
  [
    'a total without metrics',
    { few: { count: true, breakdowns: ['country', ['page', 'country']] } },
    `${AT}: none is kept in the total: add all to "breakdowns:" of one`,
  ],
  [
    'a breakdown without metrics',
    { few: { count: true, breakdowns: ['all', 'country'] } },
    `${AT}: none is kept by page+country: add it to "breakdowns:" of one, or leave page+country out`,
  ],
])('%s is said', (_, metrics, fault) => expect(faultsOf(metrics).slice(1)).toEqual([fault]))

test('what keeps too little is not said where a metric cannot be read', () => {
  const faults = faultsOf({ few: { count: true, breakdowns: ['all'] }, broken: { cuont: true } })
  expect(faults).toHaveLength(2)
  expect(faults[1]).toContain(`${AT}.broken`)
})
