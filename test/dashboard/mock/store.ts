/** Mocked answers of /v1/store: a cluster that lost a replica, and a server of which little is known. */
import type { StoreAnswer, StoreNode } from '../../../query-api/wire.ts'

const HOUR_MS = 3_600_000

const unknown = {
  zone: null,
  slots: null,
  engine: null,
  lagBytes: null,
  heardMs: null,
  usedBytes: null,
  maxBytes: null,
  keys: null,
  callsPerS: null,
  clients: null,
  startedMs: null,
  disk: null,
}

export function cluster(nowMs: number): StoreAnswer {
  const primary = (shard: number, from: number, to: number): StoreNode => ({
    ...unknown,
    node: `127.0.0.1:700${shard}`,
    role: 'primary',
    shard,
    state: 'up',
    zone: 'abc'[shard - 1]!,
    slots: [[from, to]],
    engine: 'valkey 9.1.2',
    usedBytes: 1_500_000_000 + shard * 100_000_000,
    maxBytes: 4_000_000_000,
    keys: 204_118,
    callsPerS: 1100 + shard,
    clients: 9,
    startedMs: nowMs - 300 * HOUR_MS,
    disk: {
      isOn: true,
      sync: 'everysec',
      durability: 'durable',
      isOk: true,
      fileBytes: 714_000_000,
      rewrittenBytes: 577_000_000,
      isRewriting: false,
      waits: 0,
      snapshotMs: nowMs - 300 * HOUR_MS,
    },
  })
  const replica = (shard: number, state: StoreNode['state'], lagBytes: number | null): StoreNode => ({
    ...unknown,
    node: `127.0.0.1:710${shard}`,
    role: 'replica',
    shard,
    state,
    lagBytes,
    heardMs: lagBytes === null ? null : 0,
    // One of them is not to be reached from the API.
    ...(shard === 1 && { usedBytes: 1_580_000_000, maxBytes: 4_000_000_000, keys: 204_101, clients: 2 }),
  })
  return {
    nowMs,
    asOfMs: nowMs,
    isAway: false,
    kind: 'cluster',
    address: 'redis+cluster://127.0.0.1:7001',
    slotsCovered: 16_384,
    nodes: [
      primary(1, 0, 5460),
      replica(1, 'up', 1204),
      primary(2, 5461, 10_922),
      replica(2, 'down', null),
      primary(3, 10_923, 16_383),
      replica(3, 'up', 0),
    ],
    memory: {
      usedBytes: 5_100_000_000,
      maxBytes: 12_000_000_000,
      kinds: [
        { kind: 'cells', bytes: 2_900_000_000 },
        { kind: 'names', bytes: 900_000_000 },
        { kind: 'rankings', bytes: 400_000_000 },
        { kind: 'other keys', bytes: 100_000_000 },
        { kind: 'server', bytes: 600_000_000 },
        { kind: 'replication', bytes: 200_000_000 },
      ],
      weighedShare: 1,
      samples: Array.from({ length: 145 }, (_, at) => ({
        atMs: nowMs - (144 - at) * 600_000,
        usedBytes: 4_500_000_000 + at * 4_166_667,
        maxBytes: 12_000_000_000,
        parts: {
          data: 3_700_000_000 + at * 4_166_667,
          server: 500_000_000,
          replication: 200_000_000,
          clients: 99_000_000,
          'disk buffer': 1_000_000,
        },
        // The keys were weighed from the third hour on.
        ...(at >= 18 && {
          kinds: {
            cells: 2_300_000_000 + at * 4_166_667,
            names: 900_000_000,
            rankings: 400_000_000,
            'positions and notes': 1_000_000,
            'other keys': 99_000_000,
          },
        }),
      })),
      forecast: {
        growthBytesADay: 600_000_000,
        fullAtMs: nowMs + 276 * HOUR_MS,
        sinceMs: nowMs - 24 * HOUR_MS,
      },
    },
    slow: {
      calls: [
        { node: '127.0.0.1:7102', atMs: nowMs - HOUR_MS, command: 'fcall apply', tookUs: 61_000 },
        { node: '127.0.0.1:7001', atMs: nowMs - 50 * HOUR_MS, command: 'scan', tookUs: 12_400 },
      ],
      overUs: 10_000,
      untold: ['127.0.0.1:7103'],
      off: [],
    },
    calls: [{ command: 'fcall', calls: 5866, meanUs: 900, p50Us: 590, p99Us: 30_000 }],
    backups: {
      everyMs: 3 * HOUR_MS,
      place: '/srv/backups',
      kept: [
        backup('20261127T090000Z-3f9a', nowMs - 2 * HOUR_MS, true),
        backup('20261127T060000Z-11b0', nowMs - 5 * HOUR_MS, false),
        // Of another day, whatever the time is: its row is the widest.
        backup('20261125T060000Z-77aa', nowMs - 50 * HOUR_MS, true),
      ],
    },
    events: [
      event(3, nowMs - HOUR_MS, 'node', '127.0.0.1:7002 is a primary of the store now'),
      event(2, nowMs - 2 * HOUR_MS, 'backup failed', '/srv/backups: no space left on the disk'),
      event(1, nowMs - 30 * HOUR_MS, 'act', 'backup 20261125T090000Z-11b0 was restored'),
    ],
    rewinds: [{ source: 'clicks', partition: 3, times: 2 }],
  }
}

/** As a managed store tells that refuses all but the least. */
export function reticent(nowMs: number): StoreAnswer {
  const { address: _address, ...all } = cluster(nowMs)
  return {
    ...all,
    kind: 'single',
    slotsCovered: null,
    nodes: [
      {
        ...unknown,
        node: 'node 1',
        role: 'primary',
        shard: 1,
        state: 'up',
        usedBytes: 19_204_112,
        maxBytes: 0,
      },
    ],
    memory: {
      usedBytes: 19_204_112,
      maxBytes: 0,
      kinds: null,
      weighedShare: null,
      samples: null,
      forecast: null,
    },
    calls: null,
    slow: { calls: null, overUs: null, untold: ['node 1'], off: [] },
    backups: null,
    events: null,
    rewinds: null,
  }
}

const backup = (name: string, takenAtMs: number, isVerified: boolean) => ({
  name,
  takenAtMs,
  tookMs: isVerified ? 41_000 : 0,
  bytes: isVerified ? 1_310_000_000 : 0,
  keys: isVerified ? 612_354 : 0,
  verifiedMs: isVerified ? takenAtMs + 41_000 : null,
})
const event = (at: number, atMs: number, kind: string, text: string) => ({
  id: `${atMs}-${at}`,
  atMs,
  kind,
  text,
  by: 'serve box 7',
})
