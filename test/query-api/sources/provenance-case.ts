/** One row of the matrix of provenance: what Kafka, the worker and the store each know, and the answer that follows from it. */
/** The matrix of what an answer may say of itself (law L9): what Kafka, the worker and the store each know, and what follows. */
import { readDefinition } from '../../../model/definition/file.ts'
import type { Position } from '../../../store/layout/position.ts'
import { firstState } from '../../../model/partition-state.ts'
import { EndHistory } from '../../../query-api/sources/end-history.ts'
import type { TopicEnds } from '../../../query-api/sources/log-ends.ts'
import { PartitionObserver, type Found } from '../../../query-api/sources/partition-observer.ts'
import { provenanceOf } from '../../../query-api/sources/provenance.ts'
import type { Filling } from '../../../query-api/sources/rebuild.ts'

export const NOW = 1_800_000_000_000
export const SECOND = 1000

const source = readDefinition({
  sources: { t: { topic: 't', key: 'k', time: 'ts', fields: { k: 'string' }, metrics: { n: 'count' } } },
  keep: { '1m': '2d' },
})[0]!

export interface Partition {
  /** In the store: `pos`; null = it is not there. */
  next?: number | null
  first?: number
  /** What its worker last wrote, and how long ago. */
  end?: number
  reportedAgoMs?: number
  lastTsAgoMs?: number
  sinceMs?: number
  /** Looks at Kafka: end, and how long ago. */
  kafka?: readonly (readonly [end: number, agoMs: number])[]
  halt?: true
  damaged?: true
  /** The greatest `next` of looks before. */
  had?: number
}

export interface Row {
  partitions: readonly Partition[]
  kafkaAway?: true
  /** Partitions that Kafka has, where they are more than those whose cells were read. */
  kafkaHas?: number
  filling?: Filling
  catalogLost?: string
  says: object
}

export function position({
  next,
  first = 0,
  end,
  reportedAgoMs = 500,
  lastTsAgoMs = 700,
  sinceMs = NOW - 3600 * SECOND,
}: Partition): Position | null {
  if (next === null || next === undefined) return null
  const counted = next > first
  const state = {
    ...firstState(first, 1),
    next,
    sinceMs: counted ? sinceMs : null,
    lastTsMs: counted ? NOW - lastTsAgoMs : null,
    logClockMs: counted ? NOW - lastTsAgoMs : null,
  }
  return {
    ...({} as Position),
    state,
    def: 'd',
    rev: '1',
    cluster: 'c',
    topic: 't',
    end: end ?? next,
    endAtMs: NOW - reportedAgoMs,
    rewinds: 0,
  }
}

export function ask({
  partitions,
  kafkaAway,
  kafkaHas,
  filling,
  catalogLost,
}: Row): ReturnType<typeof provenanceOf> {
  const histories = partitions.map(({ kafka }) => {
    if (kafka === undefined) return null
    const history = new EndHistory()
    for (const [end, agoMs] of kafka) history.note(end, NOW - agoMs)
    return history
  })
  const ends: TopicEnds = {
    partitions: kafkaHas ?? partitions.length,
    of: (partition) => histories[partition] ?? null,
    why: kafkaAway ? 'Kafka does not answer' : null,
  }
  const observations = partitions.map((one) => {
    const observer = new PartitionObserver()
    if (one.had !== undefined)
      observer.observe(
        { position: position({ ...one, next: one.had, end: one.had, reportedAgoMs: 60_000 }) },
        NOW - 50_000,
        observer.seen(),
      )
    const found: Found = {
      position: one.damaged ? null : position(one),
      ...(one.halt && {
        halt: {
          code: 'UNREADABLE',
          message: 'a batch cannot be read',
          command: 'tidemark partition skip',
          atMs: NOW - 5000,
        },
      }),
      ...(one.damaged && {
        damage: { key: 'tm:pos', field: 'next', why: 'is not a natural number', todo: 'put it back' },
      }),
    }
    return observer.observe(found, NOW, observer.seen())
  })
  return provenanceOf(
    {
      topic: 't',
      generation: 1,
      def: 'd',
      observations,
      ends,
      filling: filling ?? null,
      catalogLost: catalogLost ?? null,
      lossy: null,
      futureMs: 60_000,
    },
    NOW,
  )
}

export const whole: Partition = { next: 10, kafka: [[10, 300]] }
export const fill = (next: number, reportedAgoMs = 500): Filling => ({
  generation: { generation: 2, source, def: 'e', state: 'filling', sinceMs: NOW - 60_000 },
  positions: [position({ next, end: 100, reportedAgoMs })],
})
