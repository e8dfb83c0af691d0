/** `pos`: where a partition stands. Read whole, written field by field: what did not change since the last call of a worker is not sent again. */
import { z } from 'zod'
import { clockText, parseClock } from '../../model/time/clock-text.ts'
import type { ClockMemory } from '../../model/time/clock.ts'
import type { Source } from '../../model/definition.ts'
import { firstState, type PartitionState } from '../../model/partition-state.ts'
import { damaged } from '../errors.ts'

/** `pos`, as it stands in the store. */
export interface Position {
  readonly state: PartitionState
  readonly def: string
  readonly rev: string
  readonly cluster: string
  readonly topic: string
  /** The log's end as the worker last saw it, and when, wall clock ms. */
  readonly end: number | null
  readonly endAtMs: number | null
  readonly rewinds: number
  /** What operators passed over: offsets `[from, to)`, ascending. */
  readonly skips: readonly (readonly [from: number, to: number])[]
  /** By the tables in topics that its events are joined with; absent where it was counted with none. */
  readonly tables?: ReadonlyMap<string, JoinedTable>
}

/** How far a table is joined. */
export interface JoinedTable {
  /** Of which journal, and up to where of it all is taken into account. */
  readonly journal: string
  readonly next: number
  /** The table that the last record was joined with: where its topic was read to, by partition. */
  readonly at: Readonly<Record<string, number>>
}

/** Parses a flat HGETALL reply of `pos`. Throws StoreError STORE_DAMAGED on a number that is none. */
export function parsePosition(flat: readonly Buffer[], source: Source, key: string): Position | null {
  const fields = new Map<string, string>()
  for (let at = 0; at < flat.length; at += 2) fields.set(flat[at]!.toString(), flat[at + 1]!.toString())
  if (!fields.has('next')) return null
  const number = (field: string): number | null => {
    const text = fields.get(field)
    if (text === undefined || text === '') return null
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
      throw damaged(key, field, 'is not a natural number below 2^53')
    return value
  }
  const count = (field: string): number => number(field) ?? 0
  // Before they knew better, workers wrote -1 and 2^63 - 1 here, Kafka's words for no timestamp: there is none then, and nothing is damaged.
  const state: PartitionState = {
    ...firstState(count('first'), source.intervals.length),
    next: count('next'),
    sinceMs: number('since'),
    logClockMs: number('logClock'),
    newestMs: number('newest'),
    clock: clockFrom(fields.get('clock'), key),
    lastTsMs: /^(-\d+|\d{16,}|\d(\.\d+)?e\+\d+)$/.test(fields.get('lastTs') ?? '') ? null : number('lastTs'),
    lastOffset: number('lastOffset'),
    lastHash: fields.get('lastHash') ?? '',
    offsets: {
      data: count('o:data'),
      control: count('o:control'),
      aborted: count('o:aborted'),
      compacted: count('o:compacted'),
      skipped: count('o:skipped'),
    },
    events: {
      counted: count('e:counted'),
      late: count('e:late'),
      rejected: count('e:rejected'),
      duplicate: count('e:duplicate'),
    },
    ahead: count('ahead'),
    entitiesOver: count('over:entities'),
    valuesOver: count('over:values'),
    idsOver: count('over:ids'),
    seriesOver: count('over:series'),
    readingsOver: count('over:readings'),
    lateByInterval: source.intervals.map((interval) => count(`late:${interval.name}`)),
  }
  return {
    state,
    def: fields.get('def') ?? '',
    rev: fields.get('rev') ?? '',
    cluster: fields.get('cluster') ?? '',
    topic: fields.get('topic') ?? '',
    end: number('end'),
    endAtMs: number('endAt'),
    rewinds: count('rewinds'),
    skips: parseSkips(fields.get('skips'), key),
    ...parseTables(fields, key),
  }
}

const tableShape = z.tuple([z.string(), z.int().min(0), z.record(z.string(), z.int().min(0))])

function parseTables(fields: ReadonlyMap<string, string>, key: string): Pick<Position, 'tables'> {
  const tables = new Map<string, JoinedTable>()
  for (const [field, text] of fields) {
    if (!field.startsWith('table:')) continue
    let raw: unknown
    try {
      raw = JSON.parse(text)
    } catch {
      // said below
    }
    const read = tableShape.safeParse(raw)
    if (!read.success) throw damaged(key, field, 'is not a table and how far it is joined')
    const [journal, next, at] = read.data
    tables.set(field.slice('table:'.length), { journal, next, at })
  }
  return tables.size === 0 ? {} : { tables }
}

function clockFrom(text: string | undefined, key: string): ClockMemory {
  const clock = parseClock(text)
  if (clock === null) throw damaged(key, 'clock', 'is not the memory of a clock')
  return clock
}

/** The fields of `pos` that every apply carries, in the layout {@link parsePosition} reads; `next` is apply's own. */
export function positionFields(
  state: PartitionState,
  source: Source,
  log: { end: number; endAtMs: number },
  rewinds: number,
): (string | number)[] {
  const { offsets, events } = state
  const known = Object.entries({
    since: state.sinceMs,
    logClock: state.logClockMs,
    newest: state.newestMs,
    clock: clockText(state.clock),
    lastTs: state.lastTsMs,
    lastOffset: state.lastOffset,
  })
  return [
    ...known.flatMap(([field, value]) => (value === null ? [] : [field, value])),
    'lastHash',
    state.lastHash,
    'end',
    log.end,
    'endAt',
    log.endAtMs,
    'rewinds',
    rewinds,
    'o:data',
    offsets.data,
    'o:control',
    offsets.control,
    'o:aborted',
    offsets.aborted,
    'o:compacted',
    offsets.compacted,
    'o:skipped',
    offsets.skipped,
    'e:counted',
    events.counted,
    'e:late',
    events.late,
    'e:rejected',
    events.rejected,
    'ahead',
    state.ahead,
    ...(source.entity === null ? [] : ['over:entities', state.entitiesOver, 'over:values', state.valuesOver]),
    ...(source.id === undefined ? [] : ['e:duplicate', events.duplicate, 'over:ids', state.idsOver]),
    ...(source.metrics.every(({ series }) => series === undefined)
      ? []
      : ['over:series', state.seriesOver, 'over:readings', state.readingsOver]),
    ...source.intervals.flatMap((interval, at) => [`late:${interval.name}`, state.lateByInterval[at]!]),
  ]
}

function parseSkips(text: string | undefined, key: string): [from: number, to: number][] {
  if (text === undefined || text === '') return []
  try {
    const pairs = JSON.parse(text) as [number, number][]
    if (pairs.every((pair) => pair.length === 2 && pair.every((offset) => Number.isSafeInteger(offset))))
      return pairs
  } catch {
    // said below
  }
  throw damaged(key, 'skips', 'is no list of pairs of offsets')
}

/** Differs where two positions do not belong to one history: nothing read under one may be continued under the other. */
export function historyOf({ def, rev, cluster, topic, state }: Position): string {
  return JSON.stringify([def, rev, cluster, topic, state.first])
}

/**
 * What a worker has told of a position: a field that is as it was told last is left out. Of calls that move `next` each is refused where the one before it did not
 * land, and then this is made anew. One that moves nothing may get lost alone, and the next still lands: what it told is told again.
 */
export class ToldPosition {
  readonly #told = new Map<string, string | number>()

  /** Field, value ...: those of {@link positionFields} that were not told. `moves`: the call that takes them moves `next`. */
  changes(fields: readonly (string | number)[], moves: boolean): (string | number)[] {
    const changed: (string | number)[] = []
    for (let at = 0; at < fields.length; at += 2) {
      const [field, value] = [fields[at] as string, fields[at + 1]!]
      if (this.#told.get(field) === value) continue
      if (moves) this.#told.set(field, value)
      else this.#told.delete(field)
      changed.push(field, value)
    }
    return changed
  }
}
