/** The mocked answer of /v1/status. */
import type { CatalogSource, PartitionState, StatusAnswer } from '../../../query-api/wire.ts'
import type { World } from './world.ts'

function stateOf(
  world: World,
  partition: string,
): Pick<StatusAnswer['sources'][number]['partitions'][number], 'state' | 'why' | 'halt'> {
  const third = world.mood.third ?? (world.mood.complete < 1 ? 'stale' : null)
  const state =
    partition === '3' && third !== null ? third : world.mood.behindRecords > 0 ? 'behind' : 'counted'
  const whys: Partial<Record<PartitionState, string>> = {
    halted:
      'Its worker halted, LOG_STARTS_LATER: the log starts at 17. Run tidemark partition skip clicks/3 --to 17 --why "lost" to go on.',
    unopened: 'No worker ever opened it.',
    stale: 'Its worker has not reported for 10 s.',
  }
  return {
    state,
    why: whys[state] ?? null,
    halt:
      state === 'halted'
        ? {
            code: 'LOG_STARTS_LATER',
            message: 'the log starts at 17',
            command: 'tidemark partition skip --source clicks --partition 3 --to 17 --why "..."',
            atMs: Date.now(),
          }
        : null,
  }
}

export function status(world: World): StatusAnswer {
  const nowMs = Date.now()
  const source = ({
    source: name,
    topic,
    generation,
    def,
  }: CatalogSource): StatusAnswer['sources'][number] => {
    const provenance = world.provenance(name)
    const stale = world.mood.complete < 1
    const partitions = Object.entries(provenance.vector).map(
      ([p, next]): StatusAnswer['sources'][number]['partitions'][number] => {
        const lost = name === 'clicks' && p === '1' ? world.mood.lostOffsets : 0
        return {
          partition: Number(p),
          first: 0,
          next,
          end: next + world.mood.behindRecords,
          endAtMs: provenance.asOfMs,
          logClockMs: provenance.asOfMs,
          newestMs: provenance.asOfMs,
          offsets: {
            data: Math.max(0, next - 7 - lost),
            control: Math.min(next, 5),
            aborted: Math.min(next, 2),
            compacted: 0,
            skipped: 0,
          },
          events: { counted: Math.max(0, next - 9), late: 1, rejected: 1, duplicate: 0 },
          ahead: world.mood.ahead,
          lateByInterval: { '1s': 1, '1m': 0 },
          stale: stale && p === '3',
          rev: 1,
          endFrom: world.mood.kafka ? 'kafka' : 'worker',
          behindRecords: world.mood.behindRecords,
          reportedMs: provenance.asOfMs,
          damage: null,
          ...stateOf(world, p),
        }
      },
    )
    const rebuilding =
      world.mood.rebuilding === null
        ? null
        : {
            generation: 2,
            progress: world.mood.rebuilding,
            def: '11223344',
            sinceMs: nowMs - 60_000,
            partitions: [],
          }
    return {
      source: name,
      topic,
      generation,
      def,
      partitions,
      provenance,
      generations: [{ generation, def, state: 'active', sinceMs: nowMs - 3_600_000 }],
      rebuilding,
      freshness: world.mood.empty
        ? null
        : {
            windowMs: 60_000,
            batches: 540,
            p50Ms: 58,
            p99Ms: 91,
            parts: [
              { part: 'fetch', p50Ms: 9.1, p99Ms: 21 },
              { part: 'apply', p50Ms: 3.2, p99Ms: 12 },
              { part: 'notify', p50Ms: 0.6, p99Ms: 4 },
              { part: 'wait', p50Ms: 38, p99Ms: 71 },
              { part: 'compute', p50Ms: 4.4, p99Ms: 18 },
              { part: 'send', p50Ms: 0.9, p99Ms: 6 },
            ],
          },
      spentBudgets: name === 'clicks' ? world.mood.spent : [],
      damaged: [],
    }
  }
  const reject = (
    offset: number,
    reason: string,
    detail: string,
    raw: string,
  ): StatusAnswer['recentRejects'][number] => ({
    source: 'readings',
    partition: 1,
    offset,
    tsMs: nowMs - offset * 100,
    reason,
    detail,
    key: null,
    raw,
    bytes: raw.length,
    events: 1,
  })
  return {
    nowMs,
    version: '0.1.0',
    kafka: {
      state: world.mood.kafka ? 'up' : 'away',
      atMs: nowMs,
      why: world.mood.kafka ? null : 'connection refused',
      at: '127.0.0.1:45992',
    },
    damaged: [],
    sources: world.catalog.map(source),
    store: [{ node: '127.0.0.1:4479', usedBytes: 19_204_112, maxBytes: 512_000_000, durability: 'durable' }],
    rewinds: 3,
    recentRejects: world.mood.empty
      ? []
      : [
          reject(
            22,
            'value',
            'value: "n/a" is not a number',
            '{"signal":"temperature","value":"n/a","ts":1795',
          ),
          reject(44, 'json', 'not JSON, byte 41', '{"signal":"power\u0000\u001f'),
        ],
  }
}
