/** A delta over what the store holds -> the absolute values of one apply (law L2). Updates the cache as it goes: write-through. */
import { blockOf, chunkSuffix, DAY_MS, groupOf, namesSuffix, slotOf } from '../model/chunk.ts'
import type { Source } from '../model/definition.ts'
import type { Delta, TailEvent } from '../model/delta.ts'
import { EVIDENCE_BYTES, tailOf } from '../model/fold.ts'
import { layout, emptyCell, mergeCell, type Cell } from '../model/measures.ts'
import { packCell } from '../model/pack.ts'
import { memberOf } from '../model/ranking.ts'
import { addOps, type Op } from '../store/apply.ts'
import type { ApplyCall } from '../store/apply-call.ts'
import type { Argument } from '../store/connection.ts'
import type { PartitionKeys } from '../store/keys.ts'
import type { Cache } from './cache.ts'
import type { DueList } from './due-list.ts'
import { addPresence } from './presence.ts'
import { addRankings } from './rankings.ts'

const TAIL_LENGTH = 256
const REJECTS_LENGTH = 1000

/** What a cut writes of names, cells and rankings. */
interface Written {
  /** The changed hashes: suffix -> field, value ... */
  readonly changes: Map<string, Argument[]>
  readonly ranked: Op[]
  readonly due: DueList
}

/** Into `call`, which has begun, and `due`. Needs `cache.loadFor(delta)` first. */
export function buildWrites(
  delta: Delta,
  source: Source,
  keys: PartitionKeys,
  cache: Cache,
  due: DueList,
  call: ApplyCall,
): void {
  const written: Written = { changes: new Map(), ranked: [], due }
  addNames(delta, source, cache, written)
  addCells(delta, source, keys, cache, written)
  const { changes, ranked } = written
  for (const [suffix, args] of changes) {
    call.hash(suffix)
    for (let at = 0; at < args.length; at += 2) {
      const value = args[at + 1]!
      if (typeof value === 'object') call.pair(args[at] as number | string, value)
      else call.textPair(args[at] as number | string, value)
    }
  }
  addOps(call, keys, ranked)
  const ops: Op[] = []
  addPresence(delta, source, keys, cache, ops)
  addEvidence(delta, keys, ops)
  addOps(call, keys, ops)
}

function addNames(delta: Delta, source: Source, cache: Cache, { changes, due }: Written): void {
  for (const { breakdown, day, name, id } of delta.names) {
    const suffix = namesSuffix(source.breakdowns[breakdown]!.name, day)
    pairsOf(changes, suffix).push(name, id)
    const held = cache.names.get(suffix)!
    if (held.members) held.members[id] = memberOf(name)
    if (!held.stored) due.addNames(breakdown, day)
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
  const { slots } = layout(source.metrics)
  for (const [map, windows] of delta.cells.entries()) {
    const isTotal = map < source.intervals.length
    const b = Math.floor(map / source.intervals.length)
    const i = map % source.intervals.length
    const [breakdown, interval] = [source.breakdowns[b]!, source.intervals[i]!]
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
        if (!cell) chunk.cells.set(slot, (cell = emptyCell(slots)))
        mergeCell(cell, increments, source.metrics)
        pairsOf(changes, suffix).push(slot, packCell(cell, source.metrics))
        if (!chunk.stored) due.addChunk(b, i, block, group)
        chunk.stored = true
        if (rankings.length > 0) cells.push([id, cell])
      }
      if (rankings.length === 0) continue
      const day = Math.floor((windowNumber * interval.ms) / DAY_MS)
      const members = cache.names.get(namesSuffix(breakdown.name, day))!.members!
      addRankings(rankings, { breakdown, interval, windowNumber, cells, members }, keys, ranked)
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
