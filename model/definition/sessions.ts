/** What a definition says of sessions, spelled out. */
import { fieldsIn } from '../condition-text.ts'
import { durationMs } from './duration.ts'
import type { Place } from './faults.ts'
import type { GivenSource } from './schema.ts'
import type { Need, Report } from './series.ts'
import type { ReadWhere } from './where.ts'
import type { Breakdown, SessionsRule, Source } from '../definition.ts'

const SHORTEST_GAP_MS = 1000
const LONGEST_GAP_MS = 86_400_000
/** Sessions of one key lie a gap apart: so many may be remembered of it at one time. */
const MOST_GAPS_LATE = 48
/** Of a session itself; a breakdown may name them beside fields of the source. */
export const PAGE_FIELDS: readonly string[] = ['entry', 'exit']

export function readSessions(
  { sessions: given, key, fields }: GivenSource,
  at: Place,
  need: Need,
  readWhere: ReadWhere,
  report: Report,
): SessionsRule | null {
  if (given === undefined) return null
  const gapMs = durationMs(given.gap)
  const lateMs = given.late === undefined ? gapMs : durationMs(given.late)
  if (gapMs < SHORTEST_GAP_MS || gapMs > LONGEST_GAP_MS) report([...at, 'gap'], 'a gap is 1s to 1d')
  else if (lateMs > gapMs * MOST_GAPS_LATE)
    report([...at, 'late'], `at most ${MOST_GAPS_LATE} gaps of ${given.gap}: sessions are remembered as long`)
  if (given.page === key)
    report([...at, 'page'], `${key} is the key itself: every session would have a page of its own`)
  else if (given.page !== undefined) need(given.page, 'string', [...at, 'page'], 'a page is')
  const where = readWhere(given.where, [...at, 'where'])
  const by = readBy(given, key, Object.keys(fields), at, need, report)
  return { gapMs, lateMs, page: given.page ?? null, where, by, budget: given.budget }
}

function readBy(
  { by, page }: NonNullable<GivenSource['sessions']>,
  key: string,
  known: readonly string[],
  at: Place,
  need: Need,
  report: Report,
): Breakdown[] {
  const seen = new Set<string>()
  return by.map((said, index) => {
    const fields = typeof said === 'string' ? [said] : said
    const place = [...at, 'by', index]
    for (const field of fields) {
      if (PAGE_FIELDS.includes(field)) {
        if (known.includes(field))
          report(place, `${field} is a page of the session, and a field too: give the field another name`)
        else if (page === undefined) report(place, `${field} is that of a page: it needs  page: FIELD`)
      } else {
        need(field, 'string', place, 'sessions are split by')
      }
      if (field === key) report(place, `${field} is the key itself: every session would be a name of its own`)
    }
    const set = fields.toSorted().join('+')
    if (fields.length === 1 && PAGE_FIELDS.includes(set))
      report(
        place,
        `sessions are split by ${set} anyway; here it stands beside others, such as [${set}, country]`,
      )
    else if (new Set(fields).size < fields.length) report(place, 'the same field twice')
    else if (seen.has(set)) report(place, `${fields.join('+')} is given twice`)
    seen.add(set)
    return { name: fields.join('+'), fields }
  })
}

/** Fields of events that sessions ask for. */
export function fieldsOfSessions({ sessions, key }: Source): string[] {
  if (sessions === undefined) return []
  const { page, where, by } = sessions
  const split = by.flatMap(({ fields }) => fields).filter((field) => !PAGE_FIELDS.includes(field))
  return [key, ...(page === null ? [] : [page]), ...fieldsIn(where), ...split]
}
