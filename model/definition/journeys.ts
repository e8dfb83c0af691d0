/** What a definition says of journeys, spelled out. */
import { fieldsIn } from '../condition-text.ts'
import { durationMs } from './duration.ts'
import type { Place } from './faults.ts'
import type { GivenSource } from './schema.ts'
import type { Need, Report } from './series.ts'
import type { ReadWhere } from './where.ts'
import type { JourneysRule, SessionsRule, Source } from '../definition.ts'

const DEFAULT_GAP_MS = 1_800_000
const SHORTEST_GAP_MS = 1000
const LONGEST_GAP_MS = 86_400_000
/** As of sessions. */
const MOST_GAPS_LATE = 48

/** What is not said is that of sessions, where the source has some. */
export function readJourneys(
  source: Pick<GivenSource, 'journeys' | 'budget' | 'key'>,
  sessions: SessionsRule | null,
  at: Place,
  need: Need,
  readWhere: ReadWhere,
  report: Report,
): JourneysRule | null {
  const given = source.journeys
  if (given === undefined) return null
  const gapMs = given.gap === undefined ? (sessions?.gapMs ?? DEFAULT_GAP_MS) : durationMs(given.gap)
  const lateMs = given.late === undefined ? gapMs : durationMs(given.late)
  if (gapMs < SHORTEST_GAP_MS || gapMs > LONGEST_GAP_MS) report([...at, 'gap'], 'a gap is 1s to 1d')
  else if (lateMs > gapMs * MOST_GAPS_LATE)
    report([...at, 'late'], `at most ${MOST_GAPS_LATE} gaps: views are remembered as long`)
  const page = given.page ?? sessions?.page ?? null
  if (page === null) report(at, 'a page is needed, the field whose values are the steps, such as  page: path')
  else if (page === source.key)
    report([...at, 'page'], `${page} is the key itself: nobody would ever go to another page`)
  else if (given.page !== undefined) need(page, 'string', [...at, 'page'], 'a page is')
  const where = given.where === undefined ? (sessions?.where ?? []) : readWhere(given.where, [...at, 'where'])
  const { steps, budget, transitions = source.budget } = given
  return { gapMs, lateMs, page: page ?? '', where, steps, transitions, budget }
}

/** Fields of events that journeys ask for. */
export function fieldsOfJourneys({ journeys, key }: Source): string[] {
  return journeys === undefined ? [] : [key, journeys.page, ...fieldsIn(journeys.where)]
}
