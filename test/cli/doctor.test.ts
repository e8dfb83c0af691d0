/** What `tidemark doctor` says of topics and replicas. */
import { expect, test } from 'vitest'
import { diagnoseTable, type TableFacts } from '../../cli/commands/doctor/tables.ts'
import { diagnoseTopic, examineTopic, type TopicFacts } from '../../cli/commands/doctor/kafka.ts'
import { testSource } from '../query-api/fill.ts'
import { StoreError } from '../../store/errors.ts'
import { replicaFinding } from '../../store/topology/replica-files.ts'

const DAY_MS = 86_400_000
const interval = (name: string, keepMs: number | null) => ({ name, ms: 60_000, keepMs })
const healthy: TopicFacts = {
  source: { name: 'orders', topic: 'orders', intervals: [interval('1m', 2 * DAY_MS)] },
  partitions: 2,
  retention: { ms: 7 * DAY_MS, bytes: null },
  cleanup: 'delete',
  timestamps: 'LogAppendTime',
  ranges: new Map([
    [0, { start: 10, end: 50, stableEnd: 50 }],
    [1, { start: 0, end: 5, stableEnd: 5 }],
  ]),
  counted: new Map([
    [0, 50],
    [1, 5],
  ]),
}

test('a healthy topic: nothing to do', () => {
  const found = diagnoseTopic(healthy)
  expect(found.map(({ check, verdict }) => [check, verdict])).toEqual([
    ['retention', 'ok'],
    ['cleanup', 'ok'],
    ['timestamps', 'ok'],
    ['lag', 'ok'],
  ])
})

const forever = { ...healthy.source, intervals: [interval('1m', DAY_MS), interval('1d', null)] }
test.each<[check: string, verdict: string, changed: Partial<TopicFacts>, says: RegExp]>([
  ['topic', 'warning', { partitions: null }, /no such topic/],
  ['retention', 'warning', { retention: { ms: DAY_MS, bytes: null } }, /reaches back 1 days.*1m for 2 days/],
  ['retention', 'warning', { source: forever }, /1d for ever/],
  ['retention', 'ok', { source: forever, retention: { ms: null, bytes: null } }, /for ever/],
  ['retention', 'warning', { retention: { ms: null, bytes: 1000 } }, /retention.bytes is 1000/],
  ['retention', 'unknown', { retention: null }, /may not be asked/],
  ['cleanup', 'warning', { cleanup: 'compact' }, /compacted/],
  ['timestamps', 'warning', { timestamps: 'CreateTime' }, /producers' own/],
  ['timestamps', 'unknown', { timestamps: 'unknown' }, /DescribeConfigs/],
  ['lag', 'ok', { counted: new Map([[0, 40]]) }, /^15 records/],
  ['lag', 'fault', { counted: new Map([[0, 9]]) }, /partition 0 were deleted before/],
  ['lag', 'warning', { counted: new Map() }, /nothing of source orders/],
  ['lag', 'unknown', { counted: null }, /the store does not say/],
  ['lag', 'warning', { ranges: new Map([[0, { start: 0, end: 1e6, stableEnd: 1e6 }]]) }, /999950 records/],
])('%s: %s', (check, verdict, changed, says) => {
  const found = diagnoseTopic({ ...healthy, ...changed }).filter((one) => one.check === check)
  expect(found).toMatchObject([{ verdict, says: expect.stringMatching(says) }])
})

test('a replica without a file, with a failing one, and one that does not tell', () => {
  const verdict = (info: string): string => replicaFinding('n', info).verdict
  expect(verdict('aof_enabled:1\r\naof_last_write_status:ok\r\n')).toBe('ok')
  expect(verdict('aof_enabled:1\r\naof_last_write_status:err\r\n')).toBe('fault')
  expect(verdict('aof_enabled:0\r\n')).toBe('warning')
  expect(verdict('role:slave\r\n')).toBe('unknown')
})

const table: TableFacts = {
  name: 'devices',
  topic: 'registry',
  journal: 'tidemark.readings.lookup.registry',
  isThere: true,
  hasJournal: true,
  cleanup: 'compact',
  journalCleanup: 'delete',
  journalIsForEver: true,
}
test.each<[verdicts: string[], changed: Partial<TableFacts>, says: RegExp]>([
  [['ok', 'ok'], {}, /until it is changed/],
  [['warning'], { isThere: false }, /no such topic/],
  [['warning', 'ok'], { cleanup: 'delete' }, /a row goes when its record grows old/],
  [['warning', 'ok'], { cleanup: 'compact,delete' }, /cleanup.policy is compact,delete/],
  [['unknown', 'ok'], { cleanup: null }, /may not be asked/],
  [['ok', 'warning'], { hasJournal: false }, /not read yet/],
  [['ok', 'fault'], { journalIsForEver: false }, /cannot be counted again/],
  [['ok', 'fault'], { journalCleanup: 'compact' }, /cannot be counted again/],
])('a table in a topic: %j with %j', (verdicts, changed, says) => {
  const found = diagnoseTable({ ...table, ...changed })
  expect(found.map(({ verdict }) => verdict)).toEqual(verdicts)
  expect(found.map((one) => one.says).join('; ')).toMatch(says)
})

test('a store that refuses its numbers leaves what the topic says', async () => {
  const refused = async (): Promise<never> => {
    throw new StoreError('STORE_EVICTS', 'maxmemory-policy is allkeys-lru')
  }
  const admin = {
    partitions: async () => 1,
    retention: async () => ({ ms: null, bytes: null }),
    cleanupPolicy: async () => 'compact' as const,
    timestampType: async () => 'LogAppendTime' as const,
    ranges: async () => new Map([[0, { start: 0, end: 9, stableEnd: 9 }]]),
  }
  const found = await examineTopic(admin, { each: refused }, testSource('orders', { '1m': '2d' }))
  expect(found.map(({ check, verdict }) => [check, verdict])).toEqual([
    ['retention', 'ok'],
    ['cleanup', 'warning'],
    ['timestamps', 'ok'],
    ['lag', 'unknown'],
  ])
})
