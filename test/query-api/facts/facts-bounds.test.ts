/** Facts under names that the budget of one partition gave no place: their numbers say between which bounds the truth lies. */
import { beforeAll, expect, test } from 'vitest'
import type {
  FunnelAnswer,
  JourneysAnswer,
  RetentionAnswer,
  SessionsAnswer,
} from '../../../query-api/wire.ts'
import { factsSource, filledFacts, viewsBefore } from './fill-facts.ts'
import { answerOf, bodyOf, clock } from '../own-api.ts'

const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
clock.nowMs = NOW_MS
const at = viewsBefore(NOW_MS)
const RANGE = 'from=now-6h&limit=20'

beforeAll(async () => {
  const by = ['country']
  const source = factsSource('crowded', {
    budget: 1,
    sessions: { page: 'path', by },
    funnels: { way: { steps: { one: ['path:is:/'], two: ['path:is:/a'] }, by } },
    retention: { back: { days: 1, late: '1d', by } },
    journeys: { page: 'path', transitions: 1 },
  })
  // IT has a name in the second partition alone: in the first it is among those of no name.
  await filledFacts(
    source,
    NOW_MS,
    [at(50, 'a', '/', 'DE'), at(49, 'b', '/', 'IT'), at(48, 'b', '/a', 'IT'), at(47, 'c', '/', 'FR')],
    [at(51, 'e', '/b', 'IT'), at(50, 'd', '/', 'IT'), at(49, 'd', '/a', 'IT')],
  )
})

interface Named {
  labels: Record<string, string | null>
}
const of = <Row extends Named>({ rows }: { rows: readonly Row[] }, country: string): Row =>
  rows.find(({ labels }) => labels['country'] === country)!

test('sessions, and their windows', async () => {
  const answer = await answerOf<SessionsAnswer>(`/v1/sessions?source=crowded&${RANGE}&by=country&interval=1h`)
  expect(of(answer, 'IT')).toMatchObject({ sessions: 2, least: 2, most: 4 })
  // The first partition has no session of the name DE left unnamed: it gave it one.
  expect(answer.rows.find(({ other }) => other)).not.toHaveProperty('most')
  const windows = answer.windows!.names.find(({ labels }) => labels['country'] === 'IT')!
  expect([windows.least!.at(-1), windows.most!.at(-1)]).toEqual([2, 4])
  expect(answer.total).toMatchObject({ sessions: 5 })
  expect(answer.total).not.toHaveProperty('most')
  const csv = await bodyOf(`/v1/sessions?source=crowded&${RANGE}&by=country&format=csv`)
  expect(csv).toContain('IT,2,0.5,1.5,30000,0.4,2,4')
})

test('funnels, each step by itself', async () => {
  const answer = await answerOf<FunnelAnswer>(
    `/v1/funnel?source=crowded&funnel=way&${RANGE}&by=country&interval=1h`,
  )
  expect(of(answer, 'IT').steps).toMatchObject([
    { count: 1, least: 1, most: 3 },
    { count: 1, least: 1, most: 2 },
  ])
  const windows = answer.windows!.names.find(({ labels }) => labels['country'] === 'IT')!
  expect(windows.most!.map((counts) => counts.at(-1))).toEqual([3, 2])
})

test('cohorts, in all and with a filter too', async () => {
  const path = '/v1/retention?source=crowded&retention=back&from=now/d'
  const answer = await answerOf<RetentionAnswer>(`${path}&by=country`)
  expect(of(answer, 'IT')).toMatchObject({ size: 2, least: 2, most: 4 })
  expect(of({ rows: answer.names! }, 'IT')).toMatchObject({ size: 2, least: 2, most: 4 })
  expect(answer.total).not.toHaveProperty('most')
  const filtered = await answerOf<RetentionAnswer>(`${path}&where=country:is:IT`)
  expect(filtered.total).toMatchObject({ size: 2, least: 2, most: 4 })
  expect(filtered.meta.unnamedLeftOut).toBe(true)
})

test('journeys', async () => {
  const answer = await answerOf<JourneysAnswer>(`/v1/journeys?source=crowded&${RANGE}&interval=1h`)
  const told = answer.rows.map(({ labels, journeys, least, most }) => [labels['next'], journeys, least, most])
  expect(told).toEqual([
    ['/', 3, 3, 5],
    ['__other__', 3, undefined, undefined],
    ['/b', 1, 1, 2],
  ])
  expect(answer.total).toMatchObject({ journeys: 7 })
  expect(answer.windows!.names.map(({ most }) => most?.at(-1))).toEqual([5, undefined, 2])
})
