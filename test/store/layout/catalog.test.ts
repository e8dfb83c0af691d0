/** What the catalog is told is what is read back, and what is not ours is named and does no harm to the rest. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import { shipped } from '../../../model/shipped.ts'
import { encodeCatalog, parseCatalog, type CatalogChange } from '../../../store/layout/catalog.ts'
import type { CatalogGeneration } from '../../../store/layout/catalog-entry.ts'

const KEY = 'tm:{clicks}:catalog'
const [source] = readDefinition(shipped)
const def = fc.stringMatching(/^[0-9a-f]{64}$/)
const time = fc.nat(2 ** 42)
const entry: fc.Arbitrary<CatalogGeneration> = fc
  .record({
    generation: fc.integer({ min: 1, max: 999_999_999 }),
    def,
    state: fc.constantFrom('filling', 'active', 'old'),
    sinceMs: time,
    fileMs: fc.option(time, { nil: undefined }),
    flags: fc.subarray(['dropping', 'anotherLog', 'lossy'] as const),
  })
  .map(({ flags, fileMs, ...rest }) => ({
    ...rest,
    source: source!,
    ...(fileMs !== undefined && { fileMs }),
    ...Object.fromEntries(flags.map((flag) => [flag, true])),
  }))
const skip = fc.record({ from: fc.nat(), to: fc.nat(), why: fc.string({ unit: 'binary' }), atMs: time })
const change = fc.record({
  put: fc.uniqueArray(entry, { minLength: 1, maxLength: 4, selector: ({ generation }) => generation }),
  partitions: fc.integer({ min: 1, max: 1000 }),
  superseded: fc.uniqueArray(fc.record({ def, fileMs: time, atMs: time }), {
    selector: (one) => one.def,
    maxLength: 3,
  }),
  skips: fc.uniqueArray(fc.tuple(fc.nat(999_999), fc.array(skip, { maxLength: 3 })), {
    selector: ([at]) => at,
    maxLength: 3,
  }),
  evicted: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[0-9a-f]{40}$/), fc.nat()), {
    selector: ([run]) => run,
    maxLength: 3,
  }),
  timestamps: fc.constantFrom('LogAppendTime', 'CreateTime'),
  copyOfMs: time,
  more: fc.nat(),
})

/** As the function of the store changes the hash. */
function apply(hash: Map<string, string>, given: CatalogChange): Map<string, string> {
  const { set, gone } = encodeCatalog(given)
  for (let at = 0; at < set.length; at += 2) hash.set(String(set[at]), String(set[at + 1]))
  for (const field of gone) hash.delete(field)
  return hash
}
const read = (hash: Map<string, string>): ReturnType<typeof parseCatalog> =>
  parseCatalog(
    KEY,
    'clicks',
    [...hash].flat().map((text) => Buffer.from(text)),
  )

test('every change reads back as it was told', () => {
  fc.assert(
    fc.property(change, ({ more, skips, evicted, ...rest }) => {
      const active = rest.put[0]!.generation
      const last = Math.max(...rest.put.map(({ generation }) => generation)) + more
      const hash = apply(new Map([['version', '7']]), {
        ...rest,
        active,
        last,
        skips: new Map(skips),
        evicted: new Map(evicted),
      })
      const { generations, damaged } = read(hash)
      expect(damaged).toEqual([])
      expect(generations).toEqual({
        active: rest.put[0],
        partitions: rest.partitions,
        timestamps: rest.timestamps,
        copyOfMs: rest.copyOfMs,
        version: 7,
        last,
        all: rest.put.toSorted((a, b) => a.generation - b.generation),
        superseded: new Map(rest.superseded.map((one) => [one.def, one])),
        skips: new Map(skips),
        evicted: new Map(evicted),
      })
      apply(hash, {
        drop: rest.put.slice(1).map(({ generation }) => generation),
        readmitted: rest.superseded.map((one) => one.def),
      })
      expect(read(hash).generations).toMatchObject({ all: [rest.put[0]], superseded: new Map() })
    }),
    { numRuns: 100 },
  )
})

test('what is not ours is named by its field; the generation that answers goes on', () => {
  const good: CatalogGeneration = { generation: 1, source: source!, def: 'd', state: 'active', sinceMs: 1 }
  const hash = (): Map<string, string> => apply(new Map(), { put: [good], active: 1, partitions: 2, last: 1 })
  for (const [field, text] of [
    ['g:2', 'x'],
    ['g:2', '{}'],
    ['g:2', JSON.stringify({ ...good, source: { ...source, name: 'other' } })],
    [`s:${'a'.repeat(64)}`, '[]'],
    ['k:0', '{"from":1}'],
  ] as const)
    expect(read(hash().set(field, text))).toMatchObject({
      generations: { active: good },
      damaged: [{ field }],
    })
  expect(read(hash().set('partitions', '0'))).toMatchObject({
    generations: null,
    damaged: [{ field: 'partitions' }],
  })
  expect(read(hash().set('active', '3'))).toEqual({ generations: null, damaged: [] })
  expect(read(hash().set('unknown', 'x')).damaged).toEqual([])
})
