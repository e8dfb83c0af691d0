/** What an ingest process counts of itself. Labels are names of the definition, numbers of partitions, and codes of ours: never a value of an event. */
import type { RunningSource } from '../../ingest/source.ts'
import { lagMs, lagRecords, type PartitionView, type WorkerWatch } from '../../ingest/instrumentation.ts'
import { REJECT_REASONS } from '../../model/decode/decode.ts'
import { SHORT_S, type Metrics } from './registry.ts'

const VERDICTS = ['counted', 'late', 'rejected', 'duplicate'] as const
const RECORDS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000]
const CELLS = [1, 10, 25, 50, 100, 200, 400, 700, 1000, 2000, 4000]

export interface IngestMetrics {
  /** What the workers of one source tell. */
  watch(source: string): WorkerWatch
}

/** `running` = the sources at work now, asked at every scrape. */
export function ingestMetrics(
  metrics: Metrics,
  running: () => ReadonlyMap<string, Pick<RunningSource, 'partitions'>>,
  nowMs: () => number = Date.now,
): IngestMetrics {
  const events = metrics.counter('tidemark_ingest_events_total', 'Events by what became of them.', [
    'source',
    'verdict',
  ])
  const rejects = metrics.counter('tidemark_ingest_rejects_total', 'Rejected records by reason.', [
    'source',
    'reason',
  ])
  const records = metrics.counter(
    'tidemark_ingest_records_total',
    'Offsets of the log accounted for in the store.',
    ['source'],
  )
  const refusals = metrics.counter(
    'tidemark_ingest_refusals_total',
    'Calls after which the store was asked where it stands: why it refused, or the code of the error.',
    ['source', 'why'],
  )
  const rewinds = metrics.counter(
    'tidemark_ingest_rewinds_total',
    'Times the store came back with less than it had acknowledged; the difference was folded again.',
    ['source'],
  )
  const rewoundAtMs = new Map<string, number>()
  metrics.gauge(
    'tidemark_ingest_rewind_timestamp_seconds',
    'When this process last saw one.',
    ['source'],
    (gauge) => {
      for (const [source, atMs] of rewoundAtMs) gauge.set({ source }, atMs / 1000)
    },
  )
  const callSeconds = metrics.histogram(
    'tidemark_ingest_apply_seconds',
    'From sending an apply to its answer; beats without records included.',
    ['source'],
    SHORT_S,
  )
  const callRecords = metrics.histogram(
    'tidemark_ingest_apply_records',
    'Records of one apply (batch size); beats not counted.',
    ['source'],
    RECORDS,
  )
  const callCells = metrics.histogram(
    'tidemark_ingest_apply_cells',
    'Cells that one apply changes; beats not counted.',
    ['source'],
    CELLS,
  )

  const everyPartition = (
    tell: (labels: { source: string; partition: string }, view: PartitionView) => void,
  ): void => {
    for (const [source, { partitions }] of running())
      for (const view of partitions()) tell({ source, partition: String(view.partition) }, view)
  }
  const bySource =
    (of: (views: PartitionView[]) => number) =>
    (gauge: { set(labels: { source: string }, value: number): void }): void => {
      for (const [source, { partitions }] of running()) gauge.set({ source }, of(partitions()))
    }
  metrics.gauge(
    'tidemark_ingest_partitions',
    'Partitions that the group gives to this process.',
    ['source'],
    bySource((views) => views.length),
  )
  metrics.gauge(
    'tidemark_ingest_halted_partitions',
    'Partitions of this process that stopped until a person looks.',
    ['source'],
    bySource((views) => views.filter(({ halted }) => halted).length),
  )
  metrics.gauge(
    'tidemark_ingest_halt',
    '1 for each halted partition, with the code of docs/operations.md.',
    ['source', 'partition', 'code'],
    (gauge) =>
      everyPartition((labels, { halted }) => halted && gauge.set({ ...labels, code: halted.code }, 1)),
  )
  metrics.gauge(
    'tidemark_ingest_store_wait',
    '1 for each partition that the store does not take records of, with the code of docs/operations.md.',
    ['source', 'partition', 'code'],
    (gauge) =>
      everyPartition(
        (labels, { storeWait }) => storeWait && gauge.set({ ...labels, code: storeWait.code }, 1),
      ),
  )
  metrics.gauge(
    'tidemark_ingest_lag_records',
    'Records in the log that are not yet counted.',
    ['source', 'partition'],
    (gauge) => everyPartition((labels, view) => known(lagRecords(view), (lag) => gauge.set(labels, lag))),
  )
  metrics.gauge(
    'tidemark_ingest_lag_seconds',
    'Age of the moment up to which everything is counted.',
    ['source', 'partition'],
    (gauge) =>
      everyPartition((labels, view) => known(lagMs(view, nowMs()), (lag) => gauge.set(labels, lag / 1000))),
  )
  metrics.gauge(
    'tidemark_ingest_queue_bytes',
    'Fetched and not yet read; above 8 MB fetching pauses.',
    ['source', 'partition'],
    (gauge) => everyPartition((labels, view) => gauge.set(labels, view.waitingBytes)),
  )

  return {
    watch(source) {
      // A counter that begins at 0 shows its first step; one that appears at 1 does not.
      for (const verdict of VERDICTS) events.inc({ source, verdict }, 0)
      for (const reason of REJECT_REASONS) rejects.inc({ source, reason }, 0)
      for (const counter of [records, rewinds]) counter.inc({ source }, 0)
      return {
        applied(report) {
          callSeconds.observe({ source }, report.callMs / 1000)
          if (report.records === 0) return
          callRecords.observe({ source }, report.records)
          callCells.observe({ source }, report.cells)
          records.inc({ source }, report.records)
          for (const verdict of VERDICTS)
            if (report.events[verdict] > 0) events.inc({ source, verdict }, report.events[verdict])
          for (const reason of report.rejects) rejects.inc({ source, reason })
        },
        refused: (why) => refusals.inc({ source, why }),
        rewound: () => {
          rewinds.inc({ source })
          rewoundAtMs.set(source, Date.now())
        },
      }
    },
  }
}

function known(value: number | null, tell: (value: number) => void): void {
  if (value !== null) tell(value)
}
