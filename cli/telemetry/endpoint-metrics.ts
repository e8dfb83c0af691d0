/** What the durable endpoint tells of itself. */
import type { EndpointCounts } from '../../store/endpoint/counts.ts'
import { WAIT_S, type Counter, type Metrics } from './registry.ts'

/** Answers what takes the seconds of every question to the engine. */
export function endpointMetrics(
  metrics: Metrics,
  counts: EndpointCounts,
  replicas: () => number,
): (seconds: number) => void {
  // The endpoint counts for itself; at a scrape the counters take over what was added.
  const refreshers: (() => void)[] = []
  metrics.gauge('tidemark_endpoint_clients', 'Clients that are connected.', [], (gauge) => {
    for (const refresh of refreshers) refresh()
    gauge.set(counts.clients)
  })
  metrics.gauge(
    'tidemark_endpoint_replicas',
    'Replicas that must have a write on disk before it is answered.',
    [],
    (gauge) => gauge.set(replicas()),
  )
  const follow = <L extends string>(
    counter: Counter<L>,
    label: L,
    read: () => Readonly<Record<string, number>>,
  ): void => {
    const told: Record<string, number> = {}
    refreshers.push(() => {
      for (const [value, count] of Object.entries(read())) {
        counter.inc({ [label]: value } as Record<L, string>, count - (told[value] ?? 0))
        told[value] = count
      }
    })
  }
  follow(
    metrics.counter(
      'tidemark_endpoint_commands_total',
      'Commands of clients, by what they are to the hold.',
      ['kind'],
    ),
    'kind',
    () => counts.commands,
  )
  follow(
    metrics.counter(
      'tidemark_endpoint_writes_total',
      'Answered writes that could change something, by what is known of the disks.',
      ['verdict'],
    ),
    'verdict',
    () => ({
      durable: counts.durable,
      unknown: Object.values(counts.unknown).reduce((sum, one) => sum + one, 0),
    }),
  )
  follow(
    metrics.counter('tidemark_endpoint_unknown_total', 'Writes answered "unknown, not lost", by why.', [
      'why',
    ]),
    'why',
    () => counts.unknown,
  )
  follow(
    metrics.counter('tidemark_endpoint_turned_away_total', 'Clients that were not taken in, by why.', [
      'why',
    ]),
    'why',
    () => ({ ...counts.turnedAway }),
  )
  const seconds = metrics.histogram(
    'tidemark_endpoint_hold_seconds',
    'From the last answer of a batch of writes to the word that it is on the disks.',
    [],
    WAIT_S,
  )
  return (value) => seconds.observe(value)
}
