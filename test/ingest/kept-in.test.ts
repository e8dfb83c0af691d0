/** Metrics that only some breakdowns keep: the cells of the others have the bytes of a definition that never had them. */
import { beforeAll, expect, test } from 'vitest'
import { readDefinition } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'
import { foldEvents, type Folded } from './fold-events.ts'

const metrics = {
  visitors: { uniques: 'visitor', breakdowns: ['country', 'all'] },
  events: 'count',
  revenue: { sum: 'amount', decimals: 2, rank: ['country'], breakdowns: ['country', ['country', 'page']] },
  load: { quantiles: 'amount', decimals: 0, breakdowns: ['page'] },
  power: { counter: 'amount', decimals: 1, breakdowns: ['all', 'page'] },
}
type Metrics = Partial<typeof metrics>

function sourceOf(some: Metrics): Source {
  const fields = { visitor: 'string', country: 'string?', page: 'string', amount: 'number?' }
  const shop = { topic: 'shop', key: 'visitor', time: 'ts', fields, metrics: some }
  const breakdowns = ['country', 'page', ['country', 'page']]
  const keep = { '1s': '1h', '1m': '1d', '1h': '2d' }
  return readDefinition({ sources: { shop: { ...shop, breakdowns } }, keep } as never)[0]!
}

/** As the definition says it, without where it is kept. */
function everywhere(names: readonly string[]): Metrics {
  const chosen = Object.entries(metrics).filter(([name]) => names.includes(name))
  return Object.fromEntries(
    chosen.map(([name, said]) => {
      if (typeof said === 'string') return [name, said]
      const {
        breakdowns: _breakdowns,
        rank: _rank,
        ...rest
      } = said as { breakdowns: unknown; rank?: unknown }
      return [name, rest]
    }),
  )
}

const T0 = Date.parse('2026-03-04T05:58:00Z')
const events = Array.from({ length: 330 }, (_, n) => ({
  ts: T0 + n * 1900 - (n % 9 === 0 ? 90_000 : 0),
  visitor: `v${(n * 7) % 211}`,
  page: `/${n % 3}`,
  ...(n % 5 > 0 && { country: ['DE', 'FR'][n % 2]! }),
  ...(n % 4 > 0 && { amount: (n * 13) % 400 }),
}))

/** What is kept of a breakdown; what lies beside a cell by the name of its metric. */
function cellsOf({ keys }: Folded, { metrics: its }: Source, breakdown: string): Record<string, string> {
  const cells = [...keys].flatMap(([suffix, fields]) =>
    suffix.startsWith(`c:${breakdown}:`)
      ? [...fields].map(([field, bytes]): [string, string] => {
          const [slot, metric, piece] = field.split('.')
          const beside = metric === undefined ? '' : ` ${its[Number(metric)]!.name} ${piece}`
          return [`${suffix} ${slot}${beside}`, Buffer.from(bytes, 'latin1').toString('hex')]
        })
      : [],
  )
  return Object.fromEntries(cells.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const source = sourceOf(metrics)
let folded: Promise<Folded>
beforeAll(() => void (folded = foldEvents(source, events, (batch) => 1 + (batch % 90))))

test.each([
  ['all', ['visitors', 'events', 'power']],
  ['country', ['visitors', 'events', 'revenue']],
  ['page', ['events', 'load', 'power']],
  ['country+page', ['events', 'revenue']],
])('cells by %s hold %j and not a byte more', async (breakdown, kept) => {
  const plain = sourceOf(everywhere(kept))
  const wanted = await foldEvents(plain, events, (batch) => 40 + (batch % 50), true)
  const cells = cellsOf(await folded, source, breakdown)
  expect(Object.keys(cells).length).toBeGreaterThan(300)
  expect(cells).toEqual(cellsOf(wanted, plain, breakdown))
  const beside = Object.keys(cells).filter((name) => name.includes('visitors'))
  expect(beside.length > 0).toBe(breakdown === 'all' || breakdown === 'country')
})

test('a ranking goes by what its breakdown keeps', async () => {
  const { keys } = await folded
  const ranked = [...keys].filter(([suffix]) => suffix.startsWith('z:revenue:country:1h:'))
  const sums = ranked.flatMap(([, members]) => [...members].map(([, score]) => Number(score)))
  const amounts = events.reduce((sum, { amount }) => sum + (amount ?? 0) * 100, 0)
  expect(sums.reduce((sum, one) => sum + one, 0)).toBe(amounts)
})

test('where all breakdowns keep a metric, nothing of it is in the definition', () => {
  const all = { breakdowns: [['page', 'country'], 'all', 'page', 'country'] }
  const [said, unsaid] = [
    sourceOf({ events: { count: true, ...all } } as never),
    sourceOf({ events: 'count' }),
  ]
  expect(said).toEqual(unsaid)
  const [one, other] = [
    ['page', 'all'],
    ['all', 'page'],
  ].map((breakdowns) => sourceOf({ events: 'count', visitors: { uniques: 'visitor', breakdowns } }))
  expect(one).toEqual(other)
})
