/** One partition, in `/v1/status`. */
import { z } from 'zod'
import { count, damage, ms, offset } from './common.ts'
import { partitionState } from './provenance.ts'

/** Why a worker stopped counting a partition, in its own words. */
export const partitionHalt = z.object({
  code: z.string(),
  message: z.string(),
  command: z.string().describe('The command that goes past it; empty where there is none'),
  atMs: ms,
})

export const partitionStatus = z.object({
  partition: count,
  first: offset,
  next: offset,
  end: offset.describe('The greatest end of the log that anybody saw'),
  endFrom: z
    .enum(['kafka', 'worker'])
    .describe('Who saw it: this API asked Kafka, or only the worker of the partition did'),
  endAtMs: ms.nullable().describe('When that was; null = never'),
  behindRecords: count.describe('Records of the log from `next` to `end`'),
  logClockMs: ms.nullable().describe('Null until it is known'),
  newestMs: ms.nullable().describe('The greatest time that was counted, whoever sent it'),
  offsets: z
    .object({ data: count, control: count, aborted: count, compacted: count, skipped: count })
    .describe("`skipped`: passed over on an operator's word"),
  events: z
    .object({ counted: count, late: count, rejected: count, duplicate: count })
    .describe(
      '`rejected`: events that went with rejected records. `duplicate`: sent again, by their id; only of sources that name one',
    ),
  ahead: count.describe(
    'Of the counted events, those whose time was ahead and which no other device confirmed',
  ),
  lateByInterval: z.record(z.string(), count),
  tables: z
    .exactOptional(z.record(z.string(), z.record(z.string(), offset)))
    .describe(
      'Tables in topics, by name: up to which offset of each partition of its topic the last record here was joined with it',
    ),
  stale: z
    .boolean()
    .describe(
      'Its worker has not reported for a while. While a newer generation fills, a report on either of the two will do',
    ),
  state: partitionState,
  why: z.string().nullable().describe('For `stale`, `halted`, `unopened` and `damaged`: one sentence'),
  reportedMs: ms.nullable().describe('When its worker last reported; null = never'),
  halt: partitionHalt.nullable().describe('What its worker left when it stopped for good; null = it did not'),
  damage: damage.nullable(),
  rev: count,
})
