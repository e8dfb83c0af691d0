/** A delta over what the store holds -> the absolute values of one apply (law L2). Updates the cache as it goes: write-through. */
import { blockOf, chunkSuffix, DAY_MS, groupOf, namesSuffix, slotOf, windowsIn } from '../model/chunk.ts'
import type { Source } from '../model/definition.ts'
import type { Delta, TailEvent } from '../model/delta.ts'
import { EVIDENCE_BYTES, tailOf } from '../model/fold.ts'
import { layout, emptyCell, mergeCell, type Cell } from '../model/measures.ts'
import { packCell } from '../model/pack.ts'
import { memberOf } from '../model/ranking.ts'
import { ByteWriter } from '../model/varint.ts'
import type { Op } from '../store/apply.ts'
import type { Argument } from '../store/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'
import type { Cache } from './cache.ts'
import { addPresence } from './presence.ts'
import { addRankings } from './rankings.ts'

const TAIL_LENGTH = 256
const REJECTS_LENGTH = 1000

/** What a cut writes of names, cells and rankings. */
interface Written {
  /** The changed hashes: suffix -> field, value ... */
  readonly changes: Map<string, Argument[]>
  readonly ranked: Op[]
  readonly due: Argument[]
}

export interface Built {
  readonly ops: Op[]
  /** The feed's `cells`. */
  readonly feed: Buffer
}

/** Needs `cache.loadFor(delta)` first. */
export function buildWrites(delta: Delta, source: Source, keys: PartitionKeys, cache: Cache): Built {
  const written: Written = { changes: new Map(), ranked: [], due: [] }
  addNames(delta, source, cache, written)
  addCells(delta, source, keys, cache, written)
  const { changes, ranked, due } = written
  const ops: Op[] = []
  for (const [suffix, args] of changes) ops.push({ op: 'h', key: keys.of(suffix), args })
  for (const op of ranked) ops.push(op)
  if (due.length > 0) ops.push({ op: 'z', key: keys.due, args: due })
  addPresence(delta, source, keys, cache, ops)
  addEvidence(delta, keys, ops)
  return { ops, feed: feedOf(changes) }
}

function addNames(delta: Delta, source: Source, cache: Cache, { changes, due }: Written): void {
  const longest = Math.max(...source.intervals.map(({ keepMs }) => keepMs ?? Infinity))
  for (const { breakdown, day, name, id } of delta.names) {
    const suffix = namesSuffix(source.breakdowns[breakdown]!.name, day)
    pairsOf(changes, suffix).push(name, id)
    const held = cache.names.get(suffix)!
    if (held.members) held.members[id] = memberOf(name)
    if (!held.stored && longest < Infinity) due.push((day + 1) * DAY_MS + longest, suffix)
    held.stored = true
  }
}

function addCells(
  delta: Delta,
  source: Source,
  keys: PartitionKeys,
  cache: Cache,
  { changes, ranked, due }: Written,
): void {
  const row = layout(source.metrics)
  for (const [map, windows] of delta.cells.entries()) {
    const isTotal = map < source.intervals.length
    const breakdown = source.breakdowns[Math.floor(map / source.intervals.length)]!
    const interval = source.intervals[map % source.intervals.length]!
    const rankings = cache.rankings[map]!
    for (const [windowNumber, ids] of windows) {
      const cells: [number, Cell][] = []
      for (const [id, increments] of ids) {
        const block = blockOf(id, isTotal)
        const group = groupOf(windowNumber, block, isTotal)
        const suffix = chunkSuffix(breakdown.name, interval.name, block, group)
        const chunk = cache.touch(suffix)
        const slot = slotOf(windowNumber, id, isTotal)
        let cell = chunk.cells.get(slot)
        if (!cell) chunk.cells.set(slot, (cell = emptyCell(row)))
        mergeCell(cell, increments, row)
        pairsOf(changes, suffix).push(slot, packCell(cell, row))
        if (!chunk.stored && interval.keepMs !== null)
          due.push((group + 1) * windowsIn(block, isTotal) * interval.ms + interval.keepMs, suffix)
        chunk.stored = true
        if (rankings.length > 0) cells.push([id, cell])
      }
      if (rankings.length === 0) continue
      const day = Math.floor((windowNumber * interval.ms) / DAY_MS)
      const members = cache.names.get(namesSuffix(breakdown.name, day))!.members!
      addRankings(
        rankings,
        { breakdown, interval, windowNumber, cells, members },
        keys,
        cache.ranked,
        due,
        ranked,
      )
    }
  }
}

function pairsOf(changes: Written['changes'], suffix: string): Argument[] {
  let args = changes.get(suffix)
  if (!args) changes.set(suffix, (args = []))
  return args
}

function addEvidence(delta: Delta, keys: PartitionKeys, ops: Op[]): void {
  for (const event of tailOf(delta)) {
    const fields: Argument[] = ['ts', event.tsMs, 'at', event.atMs, 'raw', rawText(event)]
    if (event.via !== null) fields.push('via', event.via.slice(0, 64))
    ops.push({
      op: 'x',
      key: keys.tail,
      id: `${event.offset + 1}-${event.index}`,
      maxLength: TAIL_LENGTH,
      fields,
    })
  }
  for (const { offset, count, tsMs, reason, detail, events, key, value } of delta.rejects.slice(
    -REJECTS_LENGTH,
  )) {
    const fields: Argument[] = [
      'ts',
      tsMs,
      'reason',
      reason,
      'detail',
      detail,
      'key',
      head(key, 256),
      'raw',
      head(value, EVIDENCE_BYTES),
      'bytes',
      value?.length ?? 0,
      'events',
      events,
    ]
    if (count > 1) fields.push('count', count)
    ops.push({ op: 'x', key: keys.rejects, id: `${offset + 1}-0`, maxLength: REJECTS_LENGTH, fields })
  }
}

function head(bytes: Buffer | null, most: number): Buffer {
  return bytes === null ? Buffer.alloc(0) : bytes.subarray(0, most)
}

/** The event as it came, at most 4 KB of it. */
function rawText(event: TailEvent): Argument {
  if (event.alone !== null && event.alone[0] === 0x7b) return head(event.alone, EVIDENCE_BYTES)
  try {
    return head(Buffer.from(JSON.stringify(event.raw)), EVIDENCE_BYTES)
  } catch {
    return '"(nested too deep to show)"' // JSON.parse takes depths that JSON.stringify does not
  }
}

const writer = new ByteWriter(64 * 1024)

function feedOf(changes: Written['changes']): Buffer {
  for (const [suffix, args] of changes) {
    writer.sized(suffix)
    writer.natural(args.length / 2)
    for (const arg of args) writer.sized(typeof arg === 'number' ? String(arg) : arg)
  }
  return writer.take()
}
