/** What about the topics of the sources costs numbers: how far back their logs reach beside what is kept, whose clock they carry, what is not counted yet. */
import { timestampWarning } from '../../../ingest/topic.ts'
import type { LogAdmin, LogRange, Retention, TimestampType } from '../../../log/log.ts'
import type { Source } from '../../../model/definition.ts'
import type { Store } from '../../../store/connection/connection.ts'
import type { Verdict } from '../../../store/doctor.ts'
import { StoreError } from '../../../store/errors.ts'
import { partitionKeys } from '../../../store/keys.ts'
import { readCatalog } from '../../../store/calls/read-generations.ts'

export interface TopicFinding {
  readonly node: string
  readonly check: 'topic' | 'retention' | 'cleanup' | 'timestamps' | 'lag' | 'table'
  readonly verdict: Verdict
  readonly says: string
  /** null = nothing. */
  readonly todo: string | null
}

/** What was asked about the topic of one source. */
export interface TopicFacts {
  readonly source: Pick<Source, 'name' | 'topic' | 'intervals'>
  /** null = there is no such topic. */
  readonly partitions: number | null
  /** null = it may not be asked for. */
  readonly retention: Retention | null
  readonly cleanup: 'delete' | 'compact' | 'unknown'
  readonly timestamps: TimestampType
  readonly ranges: ReadonlyMap<number, LogRange>
  /** By partition: the first offset that is not counted; those that were never begun are absent. Null = the store does not say. */
  readonly counted: ReadonlyMap<number, number> | null
}

/** More than a worker takes in while one looks. */
const MANY_RECORDS = 100_000
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export async function examineTopic(
  admin: Pick<LogAdmin, 'partitions' | 'retention' | 'cleanupPolicy' | 'timestampType' | 'ranges'>,
  store: Pick<Store, 'each'>,
  source: Source,
): Promise<readonly TopicFinding[]> {
  const { topic } = source
  const partitions = await admin.partitions(topic)
  const isThere = partitions !== null
  return diagnoseTopic({
    source,
    partitions,
    retention: isThere ? await admin.retention(topic) : null,
    cleanup: isThere ? await admin.cleanupPolicy(topic) : 'unknown',
    timestamps: isThere ? await admin.timestampType(topic) : 'unknown',
    counted: isThere ? await countedOf(store, source, partitions) : new Map<number, number>(),
    // Asked last: what was counted before cannot lie past it.
    ranges: isThere ? await admin.ranges(topic) : new Map<number, LogRange>(),
  })
}

async function countedOf(
  store: Pick<Store, 'each'>,
  { name }: Source,
  partitions: number,
): Promise<Map<number, number> | null> {
  try {
    return await positionsOf(store, name, partitions)
  } catch (error) {
    if (error instanceof StoreError) return null // said where the store itself is looked at
    throw error
  }
}

async function positionsOf(
  store: Pick<Store, 'each'>,
  name: string,
  partitions: number,
): Promise<Map<number, number>> {
  const { generations } = await readCatalog(store, name)
  const counted = new Map<number, number>()
  if (generations === null) return counted
  for (let partition = 0; partition < partitions; partition++) {
    const { pos } = partitionKeys(name, partition, generations.active.generation)
    const [next] = await store.each([['HGET', pos, 'next']])
    if (next instanceof StoreError) throw next
    if (Buffer.isBuffer(next)) counted.set(partition, Number(next.toString()))
  }
  return counted
}

/** Pure. */
export function diagnoseTopic(facts: TopicFacts): readonly TopicFinding[] {
  const { source, partitions, cleanup, timestamps } = facts
  const findings: TopicFinding[] = []
  const find: Find = (check, verdict, says, todo = null) =>
    void findings.push({ node: source.topic, check, verdict, says, todo })
  if (partitions === null) {
    find('topic', 'warning', `source ${source.name}: there is no such topic`, 'ingest makes it at its start')
    return findings
  }
  retention(facts, find)
  if (cleanup === 'compact')
    find(
      'cleanup',
      'warning',
      'it is compacted: what was counted once cannot be counted again the same',
      alterTopic(source.topic, 'cleanup.policy=delete'),
    )
  else if (cleanup === 'unknown') find('cleanup', 'unknown', 'cleanup.policy may not be asked for')
  else find('cleanup', 'ok', 'records go by age or size alone')
  const warning = timestampWarning(source.topic, timestamps)
  if (warning === null) find('timestamps', 'ok', "Kafka timestamps are the broker's (LogAppendTime)")
  else find('timestamps', timestamps === 'unknown' ? 'unknown' : 'warning', warning)
  lag(facts, find)
  return findings
}

type Find = (check: TopicFinding['check'], verdict: Verdict, says: string, todo?: string | null) => void

export const alterTopic = (topic: string, config: string): string =>
  `kafka-configs --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${topic} --add-config ${config}`

function retention({ source, retention: found }: TopicFacts, find: Find): void {
  if (found === null)
    return find(
      'retention',
      'unknown',
      'retention may not be asked for',
      'see that it is no less than `keep`',
    )
  const { ms, bytes } = found
  const longer = source.intervals.filter(({ keepMs }) => ms !== null && (keepMs === null || keepMs > ms))
  if (longer.length > 0) {
    const kept = longer.map(
      ({ name, keepMs }) => `${name} ${keepMs === null ? 'for ever' : `for ${time(keepMs)}`}`,
    )
    const most = longer.some(({ keepMs }) => keepMs === null)
      ? -1
      : Math.max(...longer.map(({ keepMs }) => keepMs!))
    find(
      'retention',
      'warning',
      `the log reaches back ${time(ms!)}, and the store keeps ${kept.join(', ')}: what is older cannot be counted again after a loss of the store or an edit of the definition`,
      `make backups, or ${alterTopic(source.topic, `retention.ms=${most}`)}`,
    )
  }
  if (bytes !== null)
    find(
      'retention',
      'warning',
      `retention.bytes is ${bytes} a partition: how far back the log reaches depends on the traffic`,
      alterTopic(source.topic, 'retention.bytes=-1'),
    )
  if (longer.length === 0 && bytes === null)
    find(
      'retention',
      'ok',
      `the log reaches back ${ms === null ? 'for ever' : time(ms)}, as far as numbers are kept`,
    )
}

function lag({ source, ranges, counted }: TopicFacts, find: Find): void {
  if (counted === null)
    return find(
      'lag',
      'unknown',
      'the store does not say how far it is counted',
      'see what is said of the store',
    )
  const all = [...ranges]
  const lost = all.filter(([partition, { start }]) => start > (counted.get(partition) ?? start))
  const behind = all.map(([partition, { start, stableEnd }]) =>
    Math.max(0, stableEnd - (counted.get(partition) ?? start)),
  )
  const records = behind.reduce((sum, one) => sum + one, 0)
  if (lost.length > 0)
    find(
      'lag',
      'fault',
      `records of partition ${lost.map(([partition]) => partition).join(', ')} were deleted before they were counted`,
      'see the log of ingest, which stands still there and names the command that goes past them',
    )
  else if (counted.size === 0 && records > 0)
    find('lag', 'warning', `nothing of source ${source.name} is counted yet`, 'start ingest')
  else if (records > MANY_RECORDS)
    find(
      'lag',
      'warning',
      `${records} records are not counted yet`,
      'see that ingest runs, or start more of it',
    )
  else find('lag', 'ok', `${records} records are not counted yet`)
}

function time(ms: number): string {
  if (ms >= DAY_MS) return `${round(ms / DAY_MS)} days`
  return ms >= HOUR_MS ? `${round(ms / HOUR_MS)} hours` : `${round(ms / 1000)} s`
}
const round = (value: number): number => Math.round(value * 10) / 10
