import { useRef } from 'preact/hooks'
import type { SeriesAnswer } from '../../query-api/wire.ts'
import { clock } from '../state/clock.ts'
import { rank } from '../series/chart-model.ts'

/** Names keep their places for this long; their numbers change at once. */
const CALM_MS = 10_000

/** The order of an answer's series, looked at anew every ten seconds, for another question, and when a name comes or goes. */
export function useRank(answer: SeriesAnswer | null, field: string): readonly string[] {
  const had = useRef<{ order: readonly string[]; of: string; atMs: number }>(undefined)
  if (answer === null) return none
  const of = `${answer.meta.metric} ${answer.meta.by} ${answer.meta.toMs - answer.meta.fromMs} ${answer.series.length}`
  const nowMs = clock.peek()
  if (had.current === undefined || had.current.of !== of || nowMs - had.current.atMs > CALM_MS) {
    const order = rank(answer, field)
    const before = had.current?.order
    const same =
      before !== undefined && before.length === order.length && before.every((key, i) => key === order[i])
    had.current = { order: same ? before : order, of, atMs: nowMs }
  }
  return had.current.order
}
const none: readonly string[] = []
