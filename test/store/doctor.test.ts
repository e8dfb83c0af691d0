import { expect, test } from 'vitest'
import { openStore } from '../../store/connection.ts'
import { diagnose, examine, type NodeFacts } from '../../store/doctor.ts'
import { startTestStore } from '../harness/store.ts'

const healthy = [
  'valkey_version:9.1.2',
  'used_memory:100',
  'maxmemory:1000',
  'maxmemory_policy:noeviction',
  'evicted_keys:0',
  'aof_enabled:1',
  'aof_last_write_status:ok',
  'aof_delayed_fsync:0',
  'connected_slaves:1',
  'master_repl_offset:500',
  'slave0:ip=10.0.0.1,port=1,state=online,offset=500,lag=0',
].join('\r\n')
const facts: NodeFacts = { node: 'n', info: healthy, appendfsync: 'always', fsyncMs: 3, clockAheadMs: 2 }
const found = (changed: Partial<NodeFacts>, check: string) =>
  diagnose({ ...facts, ...changed }).filter((one) => one.check === check)

test('a healthy server: nothing to do but what cannot be told from afar', () => {
  expect(diagnose(facts).filter(({ verdict }) => verdict !== 'ok')).toMatchObject([
    { check: 'encryption', verdict: 'unknown', todo: expect.stringMatching(/volume/) },
  ])
})

test.each<[check: string, verdict: string, changed: Partial<NodeFacts>, says: RegExp]>([
  ['version', 'fault', { info: healthy.replace('9.1.2', '8.0.1') }, /known to lose data/],
  ['policy', 'fault', { info: healthy.replace('noeviction', 'allkeys-lru') }, /drops keys/],
  ['policy', 'unknown', { info: healthy.replace(/maxmemory_policy.*\r\n/, '') }, /not told/],
  ['disk', 'warning', { info: healthy.replace('aof_enabled:1', 'aof_enabled:0') }, /appendonly is off/],
  ['disk', 'fault', { info: healthy.replace('status:ok', 'status:err') }, /failed/],
  ['disk', 'warning', { appendfsync: 'no' }, /when it likes/],
  ['fsync', 'warning', { fsyncMs: 900 }, /900 ms/],
  ['fsync', 'warning', { info: healthy.replace('fsync:0', 'fsync:4') }, /4 writes waited/],
  ['fsync', 'unknown', { fsyncMs: null }, /no fsync was measured/],
  ['replicas', 'warning', { info: healthy.replace('slaves:1', 'slaves:0') }, /no replica/],
  ['replicas', 'warning', { info: healthy.replace('state=online', 'state=wait_bgsave') }, /1 of 1/],
  ['replicas', 'warning', { info: healthy.replace('offset:500', 'offset:99999999') }, /1 of 1/],
  ['memory', 'warning', { info: healthy.replace('used_memory:100', 'used_memory:900') }, /90 %/],
  ['memory', 'warning', { info: healthy.replace('maxmemory:1000', 'maxmemory:0') }, /not set/],
  ['clock', 'warning', { clockAheadMs: -5000 }, /5000 ms behind/],
])('%s: %s', (check, verdict, changed, says) => {
  const finding = found(changed, check).find((one) => one.verdict === verdict)
  expect(finding?.says).toMatch(says)
  expect(finding?.todo).toEqual(expect.any(String))
})

test('of a real server: its policy is seen while it is wrong, and what may not be asked for is unknown', async () => {
  const server = await startTestStore()
  const store = await openStore({ url: server.url })
  try {
    await store.check()
    expect((await examine(store)).filter(({ verdict }) => verdict === 'fault')).toEqual([])
    await store.everywhere(['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
    expect((await examine(store)).filter(({ verdict }) => verdict === 'fault')).toMatchObject([
      { check: 'policy' },
    ])
  } finally {
    await store.close()
    await server.stop()
  }
})
