/** What every primary of the store says of its load, its replicas and its disk: the list that managed stores publish, a row each. */
import type { NodeReadings } from '../../store/node-readings.ts'
import type { Metrics } from './registry.ts'

export interface ReadNode {
  readonly node: string
  readonly readings: NodeReadings
}

/** Name behind `tidemark_store_`, what it says, and its field of INFO; since its start, where it only grows. */
const FIELDS: readonly (readonly [name: string, help: string, field: string, unit?: number])[] = [
  ['uptime_seconds', 'Since it was started.', 'uptime_in_seconds'],
  ['memory_fragmentation_ratio', 'Memory of the process to memory in use.', 'mem_fragmentation_ratio'],
  [
    'defragmented_values',
    'Values that its active defragmentation moved, since it started.',
    'active_defrag_hits',
  ],
  ['tracked_keys', 'Keys that clients cache and want to hear of (CLIENT TRACKING).', 'tracking_total_keys'],
  [
    'replication_offset_bytes',
    'Length of its replication stream: rate() is what it writes.',
    'master_repl_offset',
  ],
  ['expired_keys', 'Keys whose time was over, since it started.', 'expired_keys'],
  ['keyspace_hits', 'Reads that found their key, since it started.', 'keyspace_hits'],
  ['keyspace_misses', 'Reads that found no key, since it started.', 'keyspace_misses'],
  ['clients', 'Clients that are connected.', 'connected_clients'],
  ['blocked_clients', 'Clients that wait in a blocking command.', 'blocked_clients'],
  ['connections', 'Connections it accepted since it started.', 'total_connections_received'],
  ['connections_refused', 'Connections over its maxclients, since it started.', 'rejected_connections'],
  ['network_in_bytes', 'Bytes it read from clients since it started.', 'total_net_input_bytes'],
  ['network_out_bytes', 'Bytes it wrote to clients since it started.', 'total_net_output_bytes'],
  ['error_replies', 'Commands it answered with an error, since it started.', 'total_error_replies'],
  [
    'fork_seconds',
    'The last fork, for a copy or a rewrite: nobody is answered meanwhile.',
    'latest_fork_usec',
    1e6,
  ],
  ['aof_delayed_syncs', 'Writes that waited for a slow disk, since it started.', 'aof_delayed_fsync'],
  ['aof_pending_syncs', 'Syncs of its file that wait for the disk now.', 'aof_pending_bio_fsync'],
]
const DENIED = { auth: 'auth', command: 'cmd', key: 'key', channel: 'channel' }

/** `read` answers none where the store is down. */
export function storeReadings(metrics: Metrics, read: () => Promise<readonly ReadNode[]>): void {
  const node = ['node'] as const
  const gauge = (name: string, help: string, value: (readings: NodeReadings) => number | null): void => {
    metrics.gauge(`tidemark_store_${name}`, help, node, async (set) => {
      for (const one of await read()) {
        const known = value(one.readings)
        if (known !== null) set.set({ node: one.node }, known)
      }
    })
  }
  for (const [name, help, field, unit = 1] of FIELDS)
    gauge(name, help, (readings) => {
      const value = readings.field(field)
      return value === null ? null : value / unit
    })
  gauge('keys', 'Keys of all its databases.', ({ keys }) => keys)
  gauge(
    'average_ttl_seconds',
    'What keys that expire have left to live on average, as the server estimates it; 0 = none expires.',
    ({ averageTtlMs }) => averageTtlMs / 1000,
  )
  gauge('cpu_seconds', 'Processor time of the server since it started, user and system.', ({ field }) => {
    const [user, system] = [field('used_cpu_user'), field('used_cpu_sys')]
    return user === null || system === null ? null : user + system
  })
  metrics.gauge(
    'tidemark_store_denied',
    'What its users tried and may not, by what was denied, since it started.',
    ['node', 'kind'],
    async (set) => {
      for (const { node, readings } of await read())
        for (const [kind, field] of Object.entries(DENIED)) {
          const value = readings.field(`acl_access_denied_${field}`)
          if (value !== null) set.set({ node, kind }, value)
        }
    },
  )
  replicaReadings(metrics, read)
  familyReadings(metrics, read)
}

function replicaReadings(metrics: Metrics, read: () => Promise<readonly ReadNode[]>): void {
  const gauge = (
    name: string,
    help: string,
    value: (one: NodeReadings['replicas'][number]) => number,
  ): void => {
    metrics.gauge(`tidemark_store_replica_${name}`, help, ['node', 'replica'], async (set) => {
      for (const { node, readings } of await read())
        for (const one of readings.replicas) set.set({ node, replica: one.replica }, value(one))
    })
  }
  gauge('online', '1 where the replica follows; 0 while it is being given its first copy.', ({ isOnline }) =>
    isOnline ? 1 : 0,
  )
  gauge(
    'behind_bytes',
    'Bytes of the replication stream that it has not confirmed.',
    ({ behindBytes }) => behindBytes,
  )
  gauge('lag_seconds', 'Since the replica last said how far it is.', ({ lagSeconds }) => lagSeconds)
}

function familyReadings(metrics: Metrics, read: () => Promise<readonly ReadNode[]>): void {
  const gauge = (
    name: string,
    help: string,
    value: (one: { calls: number; seconds: number; failed: number }) => number,
  ): void => {
    metrics.gauge(`tidemark_store_${name}`, help, ['node', 'family'], async (set) => {
      for (const { node, readings } of await read())
        for (const [family, one] of readings.families) set.set({ node, family }, value(one))
    })
  }
  gauge('commands', 'Commands since it started, by the kind of value they are for.', ({ calls }) => calls)
  gauge(
    'commands_failed',
    'Commands that it refused or that failed, since it started.',
    ({ failed }) => failed,
  )
  gauge('command_seconds', 'Time inside its commands since it started.', ({ seconds }) => seconds)
  metrics.gauge(
    'tidemark_store_command_latency_seconds',
    'Time inside the slowest command of the family, by quantile, since it started.',
    ['node', 'family', 'quantile'],
    async (set) => {
      for (const { node, readings } of await read())
        for (const [family, { latencySeconds }] of readings.families)
          for (const [name, seconds] of latencySeconds)
            set.set({ node, family, quantile: `${Number(name.slice(1)) / 100}` }, seconds)
    },
  )
}
