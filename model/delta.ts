/** What the records `[base, next)` of one partition change: increments only, free of what the store holds. */
import type { Decoded, RecordReject } from './decode.ts'
import type { RowLayout } from './measures/index.ts'
import { emptyCell, type Cell } from './measures.ts'
import type { Sighting } from './sightings.ts'
import { copyStanding, type Standing } from './standing.ts'

/** Offsets that hold nothing to count: transaction markers, aborted records, records that compaction removed. */
export interface Skipped {
  readonly skipped: 'control' | 'aborted' | 'compacted'
  readonly count: number
  /** The last of them. */
  readonly offset: number
}

/** One Kafka record, decoded. Buffers are views into the fetched batch. */
export interface PreparedRecord {
  readonly offset: number
  /** Offsets it stands for, `offset` the last of them: a batch that is not opened is one reject, however many its header claims. Absent = 1. */
  readonly count?: number
  /** Kafka timestamp; null where the record has none. */
  readonly tsMs: number | null
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The header `via`, where there is one. */
  readonly via: string | null
  readonly outcome: Decoded
}

export interface RejectedRecord extends RecordReject {
  readonly offset: number
  /** As of {@link PreparedRecord}. */
  readonly count: number
  readonly tsMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface TailEvent {
  readonly offset: number
  readonly index: number
  readonly tsMs: number
  readonly atMs: number
  readonly via: string | null
  /** The event as it came; and the record's bytes where it is the only one in them. */
  readonly raw: object
  readonly alone: Buffer | null
}

export interface NewName {
  readonly breakdown: number
  readonly day: number
  readonly name: string
  readonly id: number
}

export interface LastValue {
  readonly timeMs: number
  readonly offset: number
  readonly index: number
  readonly values: readonly (string | number | null)[]
}

/** Windows of one breakdown and interval: window number -> id -> increments. */
export type CellMap = Map<number, Map<number, Cell>>

export interface Delta {
  readonly base: number
  /** The log clock before the first of these records: what it passed may be retired, and nothing here touches it. */
  readonly clockBeforeMs: number | null
  /** The greatest time counted before: what begins later cannot be in the store. */
  readonly newestBeforeMs: number | null
  readonly standing: Standing
  /** Index: breakdown * intervals + interval. */
  readonly cells: CellMap[]
  cellCount: number
  /** Places of these cells in rankings. */
  rankedCount: number
  readonly names: NewName[]
  readonly rejects: RejectedRecord[]
  readonly tail: TailEvent[]
  readonly marked: TailEvent[]
  /** What to do to presence and latest values, in order; see sightings.ts. */
  readonly seen: Map<string, Sighting[]>
  readonly last: Map<string, (LastValue & Sighting)[]>
  /** Events of each entity in `seen`, and of each latest value in `last`. */
  readonly sighted: Map<string, number>
  readonly valued: Map<string, number>
  /** Bytes of evidence (rejects, tail) this delta will carry. */
  evidenceBytes: number
  /** Key and value of the last data record, for the log's identity. */
  lastRecord: { key: Buffer | null; value: Buffer | null } | null
}

export function beginDelta(standing: Standing, cellMaps: number): Delta {
  return {
    base: standing.next,
    clockBeforeMs: standing.logClockMs,
    newestBeforeMs: standing.newestMs,
    standing: copyStanding(standing),
    cells: Array.from({ length: cellMaps }, () => new Map<number, Map<number, Cell>>()),
    cellCount: 0,
    rankedCount: 0,
    names: [],
    rejects: [],
    tail: [],
    marked: [],
    seen: new Map(),
    last: new Map(),
    sighted: new Map(),
    valued: new Map(),
    evidenceBytes: 0,
    lastRecord: null,
  }
}

/** The cell of a window and id; made empty where there is none yet. `ranks`: how many rankings it stands in. */
export function cellOf(
  delta: Delta,
  map: number,
  windowNumber: number,
  id: number,
  layout: RowLayout,
  ranks: number,
): Cell {
  const windows = delta.cells[map]!
  let ids = windows.get(windowNumber)
  if (!ids) windows.set(windowNumber, (ids = new Map()))
  let cell = ids.get(id)
  if (!cell) {
    ids.set(id, (cell = emptyCell(layout)))
    delta.cellCount++
    delta.rankedCount += ranks
  }
  return cell
}

/** Pairs one apply of this delta will write, about. */
export function pairsIn(delta: Delta): number {
  return delta.cellCount + delta.rankedCount + delta.names.length + delta.seen.size + delta.last.size
}
