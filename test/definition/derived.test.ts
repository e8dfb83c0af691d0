/** `derived:` of a source: what is taken, what is refused, and that it counts nothing anew. */
import { expect, test } from 'vitest'
import { enter } from '../../ingest/generations.ts'
import { readDefinition } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'
import { definitionHash } from '../../store/calls/catalog.ts'
import type { Generations } from '../../store/calls/read-generations.ts'

const sourceWith = (derived: unknown): Source =>
  readDefinition({
    sources: {
      shop: {
        topic: 'shop',
        key: 'who',
        time: 'ts',
        fields: { who: 'string', amount: 'number?' },
        metrics: {
          orders: 'count',
          amount: { stats: 'amount', decimals: 2 },
          people: { uniques: 'who' },
          meter: { counter: 'amount', decimals: 0 },
        },
        ...(derived !== undefined && { derived }),
      },
    },
    keep: { '1m': '2d' },
  })[0]!
const faultOf = (derived: unknown): string => {
  try {
    sourceWith(derived)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('operands are spelled out, and the hash stays what it was', () => {
  const source = sourceWith({ each: { ratio: ['amount.sum', 'orders'] }, rate: { per: '1m', of: 'orders' } })
  expect(source.derived).toEqual([
    {
      name: 'each',
      kind: 'ratio',
      of: [
        { metric: 'amount', stat: 'sum' },
        { metric: 'orders', stat: 'count' },
      ],
    },
    { name: 'rate', kind: 'per', of: [{ metric: 'orders', stat: 'count' }], everyMs: 60_000 },
  ])
  expect(definitionHash(source)).toBe(definitionHash(sourceWith(undefined)))
})

test.each([
  [{ a: { ratio: ['orders'] } }, 'derived.a.ratio: a list of 1 does not fit; it takes two metrics'],
  [{ a: { ratio: ['ordrs', 'orders'] } }, 'ratio[0]: ordrs is not among the metrics; did you mean "orders"?'],
  [{ a: { ratio: ['amount.median', 'orders'] } }, 'amount has no statistic median; it has'],
  [{ a: { ratio: ['meter.rate', 'orders'] } }, 'meter.rate is of a second already; take its increase'],
  [{ a: { difference: ['people', 'orders'] } }, 'people is an approximation'],
  [{ orders: { ratio: ['orders', 'people'] } }, 'orders is among the metrics already'],
  [{ a: { mean: ['orders', 'people'] } }, 'it takes { ratio: [A, B] }'],
  [{ a: { ratio: ['a', 'orders'] } }, 'ratio[0]: a is not among the metrics'],
])('%j is refused', (derived, says) => expect(faultOf(derived)).toContain(says))

test('a worker brings other derived metrics to the generation that is there, unless its file is older', () => {
  const [had, wanted] = [sourceWith({ a: { ratio: ['orders', 'people'] } }), sourceWith(undefined)]
  const def = definitionHash(had)
  const active = { generation: 3, source: had, def, fileMs: 50, state: 'active', sinceMs: 1 } as const
  const catalog: Generations = {
    active,
    partitions: 4,
    version: 7,
    last: 3,
    all: [active],
    superseded: new Map(),
    skips: new Map(),
    evicted: new Map(),
  }
  const entering = (fileMs: number) =>
    enter(
      catalog,
      { source: wanted, def, fileMs, partitions: 4, nowMs: 99, first: 1, wasCounted: true },
      () => true,
    )
  expect(entering(60)).toEqual({
    generation: 3,
    change: { put: [{ ...active, source: wanted, fileMs: 60 }] },
  })
  expect(entering(50)).toMatchObject({ generation: 3, change: { put: [{ source: wanted }] } })
  expect(entering(40)).toEqual({ generation: 3, change: null })
})
