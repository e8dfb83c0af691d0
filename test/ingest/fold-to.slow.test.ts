/** A generation is folded up to given offsets and not one record further; a copy as of a time is counted on by nobody. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { foldTo } from '../../ingest/fold-to.ts'
import type { Source } from '../../model/definition.ts'
import { changeCatalog, definitionHash } from '../../store/calls/catalog.ts'
import { partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import { admin, catalogOf, counted, fresh, kafka, patience, send, start, store } from './started-source.ts'

const folded = async (source: Source, ...until: number[]): Promise<number> =>
  foldTo({
    source,
    generation: 1,
    def: definitionHash(source),
    skips: new Map(),
    store,
    kafka: kafka(),
    admin,
    until: new Map(until.map((offset, partition) => [partition, offset])),
    log: () => {},
  })
const stands = async (source: Source): Promise<(number | undefined)[]> =>
  Promise.all(
    [0, 1].map(
      async (partition) =>
        (await readPosition(store, partitionKeys(source.name, partition, 1), source))?.state.next,
    ),
  )

test('up to the offsets and no further, and on from there; a copy is counted on by nobody until it may move on', {
  timeout: 120_000,
}, async () => {
  const source = fresh()
  await admin.createTopic(source.topic, 2)
  await send(source, 0, 200)
  await changeCatalog(store, source.name, 0, {
    active: 1,
    partitions: 2,
    last: 1,
    put: [{ generation: 1, source, def: definitionHash(source), state: 'active', sinceMs: 1 }],
  })
  expect(await folded(source, 30, 0)).toBe(30)
  expect(await stands(source)).toEqual([30, 0])
  expect(await counted(source)).toBe(30)
  // Nothing to do, and nothing is taken back.
  expect(await folded(source, 10, 0)).toBe(0)
  expect(await folded(source, 31, 100)).toBe(101)
  expect(await stands(source)).toEqual([31, 100])
  expect(await counted(source)).toBe(131)

  const { version } = (await catalogOf(source))!
  await changeCatalog(store, source.name, version, { copyOfMs: Date.parse('2026-03-01T12:00:00Z') })
  const { lines, crashes } = await start(source)
  await expect
    .poll(() => [...lines, ...crashes.map(String)].join('\n'), patience)
    .toMatch(/the store is a copy as of 2026-03-01T12:00:00.000Z.*nobody counts on in it/)
  await sleep(500)
  expect(await stands(source)).toEqual([31, 100])
})
