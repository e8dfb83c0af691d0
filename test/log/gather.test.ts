/** When records are fetched together, and when each is fetched the moment it comes. */
import { expect, test } from 'vitest'
import type { RawBatch } from '../../log/log.ts'
import { Fetcher } from '../../log/kafka/fetcher.ts'
import { Member } from '../../log/kafka/member.ts'
import type { Nodes } from '../../log/kafka/nodes.ts'
import type { FetchAnswer } from '../../log/kafka/response.ts'
import type { Call } from '../../log/kafka/wire.ts'
import { batchAt } from './laid-log.ts'

interface Asked {
  readonly maxWaitMs: number
  readonly minBytes: number
}

/** Runs a fetcher on a broker whose answers hold a batch or none, as `answers` says; what it asked of it, one more than there are answers. */
async function fetching(mayGather: () => boolean, answers: readonly boolean[]): Promise<Asked[]> {
  const asked: Asked[] = []
  let next = 0
  let done: () => void
  const isOver = new Promise<void>((resolve) => (done = resolve))
  const fetched = (hasRecords: boolean): FetchAnswer => {
    const batches: RawBatch[] = hasRecords
      ? [{ baseOffset: next, lastOffset: next, bytes: batchAt(next, 1), control: false, aborted: false }]
      : []
    next += batches.length
    const ends = { logStart: 0, logEnd: next, stableEnd: next, fetchedAtMs: Date.now(), needBytes: 0 }
    return {
      errorCode: 0,
      partitions: [{ partition: 0, errorCode: 0, fetched: { batches, damaged: false, ...ends } }],
    }
  }
  const places = {
    brokers: [],
    clusterId: null,
    controllerId: 1,
    topics: [
      {
        errorCode: 0,
        topic: 't',
        topicId: null,
        partitions: [{ errorCode: 0, partition: 0, leader: 1, leaderEpoch: 0 }],
      },
    ],
  }
  const askFetch = async (make: (newest: number) => Call<unknown>): Promise<FetchAnswer> => {
    const bytes = make(11).body.bytes() // replica, longest wait, least bytes
    asked.push({ maxWaitMs: bytes.readInt32BE(4), minBytes: bytes.readInt32BE(8) })
    const hasRecords = answers[asked.length - 1]
    if (hasRecords !== undefined) return fetched(hasRecords)
    done()
    return new Promise(() => {})
  }
  const nodes = { places: async () => places, node: async () => ({ askFetch }) } as unknown as Nodes
  const handlers = {
    onAssigned: async () => new Map([[0, 0]]),
    onRevoked: async () => {},
    onFetched: () => {},
    onCrash: () => {},
  }
  const helpers = { heartbeatNow: () => {}, allowBytes: () => {}, wake: () => {} }
  const member = new Member({ topic: 't', sessionTimeoutMs: 30_000, maxWaitMs: 500 }, handlers, helpers)
  await member.joined(1, [0])
  const fetcher = new Fetcher(nodes, member, {
    topic: 't',
    maxBytesPerPartition: 1 << 20,
    mayGather,
    counted: () => {},
    replaced: () => {},
    died: (error) => expect.unreachable(error.message),
    log: () => {},
  })
  await fetcher.open()
  await isOver
  fetcher.stop()
  return asked
}

const AT_ONCE: Asked = { maxWaitMs: 500, minBytes: 1 }
const GATHERED: Asked = { maxWaitMs: 200, minBytes: 64 * 1024 }

test('where nobody listens records that keep coming are fetched together; the first after a rest comes at once', async () => {
  expect(await fetching(() => true, [true, true, false, false, true])).toEqual([
    AT_ONCE,
    GATHERED,
    GATHERED,
    AT_ONCE,
    AT_ONCE,
    GATHERED,
  ])
})

test('where somebody listens each record comes at once, from the next fetch on', async () => {
  expect(await fetching(() => false, [true, true, false, true])).toEqual(
    Array.from({ length: 5 }, () => AT_ONCE),
  )
  let fetches = 0
  expect(await fetching(() => fetches++ < 2, [true, true, true, true])).toEqual([
    AT_ONCE,
    GATHERED,
    GATHERED,
    AT_ONCE,
    AT_ONCE,
  ])
})
