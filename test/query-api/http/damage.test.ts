/** One damaged or foreign key harms one source or one partition: every kind of it, and back again. */
import { describe, expect, test } from 'vitest'
import type { StatusAnswer } from '../../../query-api/wire.ts'
import { T0, asking, get, type Answer, series, damagedBy, keys, kinds } from './damaged-store.ts'

const questions: Record<string, () => Promise<{ status: number; body: Answer }>> = {
  series: () => series('sick'),
  names: () => series('sick', '&by=country'),
  top: () => get(`/v1/top?metric=sick.events&by=country&from=${T0}&to=${T0 + 60_000}`),
  events: () => get('/v1/events?source=sick'),
  rejects: () => get('/v1/rejects?source=sick'),
  entities: () => get('/v1/entities?source=sick'),
}
/** Reads the same keys as another. */
const MEETS: Record<string, readonly string[]> = {
  names: ['names', 'top'],
  series: ['series'],
  '': Object.keys(questions),
}

describe('a damaged key of one partition', () => {
  test.each(kinds)('%s', async (_, keyOf, commands, meets, told) => {
    const key = keyOf()
    await damagedBy([key], commands(key), () =>
      asking(async () => {
        const hit = MEETS[meets] ?? [meets]
        for (const [name, ask] of Object.entries(questions)) {
          const { status, body } = await ask()
          expect([name, status]).toEqual([name, 200])
          expect([name, body.meta.complete]).toEqual([name, hit.includes(name) ? 2 / 3 : 1])
          if (!hit.includes(name)) continue
          expect(body.meta.incomplete).toMatchObject([{ partition: 1, state: 'damaged' }])
          expect(body.meta.incomplete![0]!.why).toMatch(told)
          expect(body.meta.incomplete![0]!.why).toContain('tidemark audit')
          if (name === 'series') expect(body.series![0]!.values).toEqual([4])
          if (name === 'names') expect(body.series!.map(({ values }) => values)).toEqual([[2], [2]])
        }
        const { status, body } = await get<StatusAnswer>('/v1/status')
        expect(status).toBe(200)
        const [of, other] = body.sources
        expect(
          of!.damaged.some(
            ({ key: damaged, why }) =>
              damaged === key &&
              told.test(
                `${damaged.replace(/.*:g1:/, '')} field ${of!.damaged[0]!.field} ${why}`.replace(
                  ' field null',
                  '',
                ),
              ),
          ),
        ).toBe(true)
        expect(of!.partitions.map(({ state }) => state)).toEqual([
          'counted',
          meets === '' ? 'damaged' : 'counted',
          'counted',
        ])
        expect(other).toMatchObject({ source: 'sound', damaged: [], provenance: { complete: 1 } })
        expect((await get('/v1/catalog')).status).toBe(200)
        expect((await series('sound')).body).toMatchObject({
          meta: { complete: 1 },
          series: [{ values: [2] }],
        })
      }),
    )
    await asking(async () => {
      for (const ask of Object.values(questions)) expect((await ask()).body.meta.complete).toBe(1)
      expect((await series('sick')).body.series![0]!.values).toEqual([6])
    })
  })

  test('it comes and goes under a server that runs, and what was kept of the partition goes with it', () =>
    asking(async () => {
      expect((await series('sick')).body.series![0]!.values).toEqual([6])
      await damagedBy([keys().pos], [['HSET', keys().pos, 'next', 'abc']], async () => {
        expect((await series('sick')).body).toMatchObject({
          meta: { complete: 2 / 3, vector: { 0: 3, 2: 3 } },
          series: [{ values: [4] }],
        })
      })
      expect((await series('sick')).body).toMatchObject({ meta: { complete: 1 }, series: [{ values: [6] }] })
    }))

  test('a damaged feed costs time and no number, and is told', () =>
    asking(async () => {
      expect((await series('sick')).body.series![0]!.values).toEqual([6])
      const { feed } = keys()
      await damagedBy([feed], [['SET', feed, 'x']], async () => {
        expect((await series('sick')).body).toMatchObject({
          meta: { complete: 1 },
          series: [{ values: [6] }],
        })
        expect((await get<StatusAnswer>('/v1/status')).body.sources[0]!.damaged).toMatchObject([
          { key: feed, field: null },
        ])
      })
    }))
})
