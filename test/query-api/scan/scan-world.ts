/** A store and a log that were given the same events, and what reads the log when no cells answer. */
import { readDefinition } from '../../../model/definition/file.ts'
import type { Source } from '../../../model/definition.ts'
import { LogScans, type ScanLimits } from '../../../query-api/scan/log-scans.ts'
import { Sources } from '../../../query-api/sources/sources.ts'
import type { Store } from '../../../store/connection/connection.ts'
import type { PartSize } from '../../../query-api/scan/serve-scans.ts'
import { Filler, testSource, type Sent } from '../fill.ts'
import { MemoryLog } from './memory-log.ts'

export const T0 = Date.parse('2026-03-04T05:00:00Z')
let names = 0

export interface World {
  readonly name: string
  readonly log: MemoryLog
  readonly sources: Sources
  readonly scans: LogScans
  readonly sent: Sent[]
  nowMs: number
  /** A record each. */
  send(partition: number, events: readonly Sent[]): Promise<void>
}

export interface WorldOptions {
  readonly partitions?: number
  readonly limits?: Partial<ScanLimits>
  readonly mostCells?: number
  readonly parts?: PartSize
  /** Default: the one of fill.ts. */
  readonly source?: Source
}

export async function world(store: Store, options: WorldOptions = {}): Promise<World> {
  const { partitions = 1, limits = {}, mostCells, parts, source = testSource(`scanned${names++}`) } = options
  const filler = new Filler(store, source, partitions)
  await filler.open()
  const log = new MemoryLog(partitions)
  const one: World = {
    name: source.name,
    log,
    sources: new Sources({ store, now: () => one.nowMs }),
    scans: new LogScans(log.thread(mostCells, parts), () => one.nowMs, limits),
    sent: [],
    nowMs: T0 + 900_000,
    async send(partition, events) {
      log.append(
        partition,
        events.map((event) => ({ tsMs: event.ts, value: JSON.stringify(event) })),
      )
      await filler.applyBatch(partition, events, one.nowMs)
      one.sent.push(...events)
    },
  }
  return one
}

/** Every kind of metric, a field of several values, and as many breakdowns as are asked for. */
export function richSource(name: string, breakdowns: readonly (string | string[])[]): Source {
  return readDefinition({
    sources: {
      [name]: {
        topic: name,
        key: 'visitor',
        time: 'ts',
        fields: {
          visitor: 'string?',
          country: 'string?',
          device: 'string?',
          tags: 'string[]',
          load: 'number?',
          paid: 'number?',
        },
        breakdowns: [...breakdowns],
        metrics: {
          events: 'count',
          revenue: { sum: 'paid', decimals: 2 },
          load: { stats: 'load', decimals: 3 },
          people: { uniques: 'visitor' },
          wait: { quantiles: 'load', decimals: 0 },
          newest: { last: 'paid', decimals: 2 },
        },
      },
    },
    keep: { '1s': '45m', '1m': '2d', '1h': '90d' },
  })[0]!
}

export function randomEvents(count: number, seed: number): Sent[] {
  let state = seed
  const below = (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % n
  }
  return Array.from({ length: count }, (_, at) => ({
    ts: T0 + Math.floor((at * 600_000) / count) + below(2000),
    visitor: `v${below(40)}`,
    ...(below(9) > 0 && { country: ['DE', 'FR', 'IT'][below(3)]! }),
    ...(below(9) > 0 && { device: ['phone', 'desk'][below(2)]! }),
    ...(below(4) > 0 && { load: below(300) }),
    ...(below(3) === 0 && { paid: below(10_000) / 100 }),
    ...(below(2) === 0 && { tags: ['a', 'b', 'c'].slice(below(3)) }),
  }))
}
