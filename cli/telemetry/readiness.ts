/** Whether an ingest process does its work now: a pure look at what its sources say. */
import { lagMs, type PartitionView } from '../../ingest/instrumentation.ts'

export interface IngestState {
  /** Why the store does not answer, or may not be used though it does; null = all is well. */
  readonly storeFault: string | null
  /** Every source of the definition; null = its consumer is not running yet. */
  readonly sources: ReadonlyMap<
    string,
    {
      readonly isAssigned: boolean
      readonly waiting?: string | null
      readonly recounting?: string | null
      readonly partitions: readonly PartitionView[]
    } | null
  >
}

/** Why it is not ready, one sentence each; empty = ready. A worker to which the group gave no partition is a spare, and ready. */
export function whyNotReady({ storeFault, sources }: IngestState, maxLagMs: number, nowMs: number): string[] {
  const faults = storeFault === null ? [] : [storeFault]
  for (const [name, source] of sources) {
    if (source?.recounting) faults.push(`${name}: ${source.recounting}`)
    if (source === null) faults.push(`${name}: not consuming yet`)
    else if (source.waiting) faults.push(`${name}: waits: ${source.waiting}`)
    else if (!source.isAssigned) faults.push(`${name}: the group has not given out its partitions yet`)
    else for (const view of source.partitions) faults.push(...faultOf(name, view, maxLagMs, nowMs))
  }
  return faults
}

function faultOf(name: string, view: PartitionView, maxLagMs: number, nowMs: number): string[] {
  const at = `${name}/${view.partition}`
  if (view.halted) return [`${at}: halted, ${view.halted.code}`]
  if (view.storeWait)
    return [
      `${at}: waits for the store since ${Math.max(0, (nowMs - view.storeWait.sinceMs) / 1000).toFixed(0)} s, ${view.storeWait.code}: ${view.storeWait.says}`,
    ]
  const lag = lagMs(view, nowMs)
  if (lag === null) return [`${at}: not opened yet`]
  return lag > maxLagMs
    ? [`${at}: ${(lag / 1000).toFixed(1)} s behind, ${maxLagMs / 1000} s are allowed`]
    : []
}
