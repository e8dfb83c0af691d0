/** What `tidemark partition list` says. */
import type { HaltNote } from '../../store/calls/halt-note.ts'
import type { Position } from '../../store/layout/position.ts'
import { textTable } from './text-table.ts'

export interface Row {
  readonly source: string
  readonly generation: number
  readonly partition: number
  /** Null: never begun. A text: why it cannot be read. */
  readonly position: Position | string | null
  readonly halt: HaltNote | null
}

/** A worker reports every second; one that has not for this long is gone. */
const SILENT_AFTER_MS = 10_000

export function listText(rows: readonly Row[], nowMs: number): string {
  if (rows.length === 0) return 'no source was ever counted into this store\n'
  const head = ['partition', 'generation', 'counted to', 'log end', 'skipped', 'state']
  const table = [head, ...rows.map((row) => cellsOf(row, nowMs))]
  const lines = textTable(table, (column) => column > 0 && column < head.length - 1)
  const halts = rows.flatMap(({ source, partition, halt }) =>
    halt === null
      ? []
      : [`\n${source}/${partition}: ${halt.code}: ${halt.message}\n  to go past it: ${halt.command}\n`],
  )
  return lines + halts.join('')
}

function cellsOf({ source, generation, partition, position, halt }: Row, nowMs: number): string[] {
  const at = [`${source}/${partition}`, `${generation}`]
  if (position === null || typeof position === 'string')
    return [...at, '-', '-', '-', halt ? haltText(halt) : (position ?? 'not begun')]
  const { state: folded, end, endAtMs } = position
  const silentMs = endAtMs === null ? Infinity : nowMs - endAtMs
  const waiting = Math.max((end ?? 0) - folded.next, 0)
  const state = halt
    ? haltText(halt)
    : silentMs > SILENT_AFTER_MS
      ? `nobody counts it${endAtMs === null ? '' : ` since ${new Date(endAtMs).toISOString()}`}`
      : waiting > 0
        ? `counting, ${waiting} wait`
        : 'at the end'
  return [...at, `${folded.next}`, `${end ?? '-'}`, `${folded.offsets.skipped}`, state]
}

const haltText = ({ code, atMs }: HaltNote): string => `HALTED ${code} since ${new Date(atMs).toISOString()}`
