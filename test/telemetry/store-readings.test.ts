import { expect, test } from 'vitest'
import { openMetrics } from '../../cli/telemetry/registry.ts'
import { storeMetrics } from '../../cli/telemetry/store-metrics.ts'
import { familyOf } from '../../store/node-readings.ts'

/** As a primary of a cluster says it (shortened). */
const INFO = `# Server
redis_version:7.2.4
uptime_in_seconds:100
# Memory
used_memory:1000
maxmemory:4000
mem_fragmentation_ratio:1.25
# Persistence
aof_enabled:1
aof_last_write_status:ok
aof_pending_bio_fsync:1
aof_delayed_fsync:3
# Stats
total_connections_received:12
keyspace_hits:90
active_defrag_hits:8
tracking_total_keys:21
keyspace_misses:10
latest_fork_usec:2500
acl_access_denied_auth:4
acl_access_denied_cmd:5
acl_access_denied_key:6
acl_access_denied_channel:0
# Replication
role:master
connected_slaves:2
slave0:ip=10.0.0.2,port=7001,state=online,offset=900,lag=1,type=replica
slave1:ip=fd00::3,port=7001,state=wait_bgsave,offset=0,lag=0
master_repl_offset:1000
# CPU
used_cpu_sys:1.5
used_cpu_user:2.5
# Commandstats
cmdstat_hset:calls=10,usec=100,usec_per_call=10.00,rejected_calls=1,failed_calls=2
cmdstat_hgetall:calls=5,usec=50,usec_per_call=10.00,rejected_calls=0,failed_calls=0
cmdstat_config|get:calls=1,usec=7,usec_per_call=7.00,rejected_calls=0,failed_calls=0
# Latencystats
latency_percentiles_usec_hset:p50=1.003,p99=20.095,p99.9=30.079
latency_percentiles_usec_hgetall:p50=5.023,p99=10.047,p99.9=11.007
# Cluster
cluster_enabled:1
# Keyspace
db0:keys=7,expires=1,avg_ttl=1000
db3:keys=2,expires=2,avg_ttl=4000
`.replaceAll('\n', '\r\n')

const event = (atMs: number, kind: string, text: string) => [
  Buffer.from(`${atMs}-0`),
  ['kind', kind, 'text', text, 'by', 'x'].map((word) => Buffer.from(word)),
]

test('what a primary says of itself, of its replicas, of its slots and of what befell it', async () => {
  const metrics = openMetrics('1')
  storeMetrics(metrics, {
    everywhere: async ([name]) =>
      name === 'INFO'
        ? [{ node: 'a:1', reply: INFO }]
        : [
            {
              node: 'a:1',
              reply: 'cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16000\r\n',
            },
          ],
    each: async () => [
      [
        event(9000, 'node', 'b:1 was started again'),
        event(8000, 'backup failed', 'the disk is full'),
        event(7000, 'node', 'b:1 is a primary of the store now'),
        event(6000, 'made up', 'never a label'),
      ],
    ],
  })
  const text = await metrics.text()
  for (const line of [
    'tidemark_store_up 1',
    'tidemark_store_uptime_seconds{node="a:1"} 100',
    'tidemark_store_keys{node="a:1"} 9',
    'tidemark_store_average_ttl_seconds{node="a:1"} 3',
    'tidemark_store_defragmented_values{node="a:1"} 8',
    'tidemark_store_tracked_keys{node="a:1"} 21',
    'tidemark_store_replication_offset_bytes{node="a:1"} 1000',
    'tidemark_store_cpu_seconds{node="a:1"} 4',
    'tidemark_store_memory_fragmentation_ratio{node="a:1"} 1.25',
    'tidemark_store_fork_seconds{node="a:1"} 0.0025',
    'tidemark_store_aof_delayed_syncs{node="a:1"} 3',
    'tidemark_store_denied{node="a:1",kind="auth"} 4',
    'tidemark_store_denied{node="a:1",kind="command"} 5',
    'tidemark_store_denied{node="a:1",kind="key"} 6',
    'tidemark_store_replica_behind_bytes{node="a:1",replica="10.0.0.2:7001"} 100',
    'tidemark_store_replica_lag_seconds{node="a:1",replica="10.0.0.2:7001"} 1',
    'tidemark_store_replica_online{node="a:1",replica="[fd00::3]:7001"} 0',
    'tidemark_store_commands{node="a:1",family="hash"} 15',
    'tidemark_store_commands_failed{node="a:1",family="hash"} 3',
    'tidemark_store_commands{node="a:1",family="other"} 1',
    'tidemark_store_command_latency_seconds{node="a:1",family="hash",quantile="0.5"} 0.000005023',
    'tidemark_store_command_latency_seconds{node="a:1",family="hash",quantile="0.99"} 0.000020095',
    'tidemark_store_slots_covered 16000',
    'tidemark_store_failover_timestamp_seconds 7',
    'tidemark_store_event_timestamp_seconds{kind="node"} 9',
    'tidemark_store_event_timestamp_seconds{kind="backup_failed"} 8',
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).not.toContain('made up')
  // What this engine does not tell is absent, and not 0.
  expect(text).not.toMatch(/^tidemark_store_blocked_clients\{/m)
})

test('each command is of one family', () => {
  const families =
    'hset hello hgetall|zadd bzpopmin|xadd xread|lpush blpop lcs latency|sadd sort spublish sismember|get mget setrange set|pfadd|geoadd|fcall evalsha|multi|expire pexpireat scan del'
  expect(families.split('|').map((some) => some.split(' ').map(familyOf).join(' '))).toEqual([
    'hash other hash',
    'sorted_set sorted_set',
    'stream stream',
    'list list string other',
    'set key pubsub set',
    'string string string string',
    'hyperloglog',
    'geo',
    'script script',
    'transaction',
    'key key key key',
  ])
})
