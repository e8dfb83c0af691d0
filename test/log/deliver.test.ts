/** What a member of a group hands to its handler, and when. */
import { describe, expect, test } from 'vitest'
import { Member } from '../../log/kafka/member.ts'
import { type FetchedPartition, splitBatches } from '../../log/kafka/response.ts'
import type { Fetched } from '../../log/log.ts'
import { batchAt, spans } from './laid-log.ts'

describe('a member delivers', () => {
  async function member(start: number): Promise<{ member: Member; fetched: Fetched[]; allowed: number[] }> {
    const fetched: Fetched[] = []
    const allowed: number[] = []
    const made = new Member(
      { topic: 't', sessionTimeoutMs: 1_000, maxWaitMs: 500 },
      {
        onAssigned: async (partitions) => new Map(partitions.map((partition) => [partition, start])),
        onRevoked: async () => undefined,
        onFetched: (one) => void fetched.push(one),
        onCrash: () => undefined,
      },
      {
        heartbeatNow: () => undefined,
        wake: () => undefined,
        allowBytes: (bytes) => void allowed.push(bytes),
      },
    )
    made.joining()
    await made.joined(1, [0])
    return { member: made, fetched, allowed }
  }
  const fetchedOf = (bytes: Buffer): FetchedPartition => ({
    ...splitBatches(bytes, []),
    logStart: 0,
    logEnd: 99,
    stableEnd: 99,
    fetchedAtMs: Date.now(),
  })

  test('from the wanted offset on, and stands behind the last', async () => {
    const { member: one, fetched } = await member(11)
    expect(one.wantedOf(0)).toBe(11)
    one.deliver(0, 11, fetchedOf(Buffer.concat([batchAt(7), batchAt(10), batchAt(13)])))
    expect(fetched.map(spans)).toEqual([
      [
        [10, 12],
        [13, 15],
      ],
    ])
    expect(one.wantedOf(0)).toBe(16)
  })

  test('nothing that was fetched for another offset', async () => {
    const { member: one, fetched } = await member(11)
    one.seek(0, 20)
    one.deliver(0, 11, fetchedOf(batchAt(10)))
    expect(fetched).toEqual([])
    one.deliver(0, 20, fetchedOf(batchAt(20)))
    one.deliver(0, 20, fetchedOf(batchAt(20)))
    expect(fetched.map(spans)).toEqual([[[20, 22]]])
  })

  test('broken framing at the place where reading stopped', async () => {
    const { member: one, fetched } = await member(11)
    const broken = batchAt(0)
    broken.writeInt32BE(3, 8)
    one.deliver(0, 11, fetchedOf(Buffer.concat([batchAt(10), broken])))
    expect(fetched.map(spans)).toEqual([
      [
        [10, 12],
        [13, 13],
      ],
    ])
  })

  test('no part of a batch, and asks for more', async () => {
    const { member: one, fetched, allowed } = await member(11)
    one.deliver(0, 11, fetchedOf(batchAt(10).subarray(0, 40)))
    expect([fetched.map(spans), allowed]).toEqual([[[]], [batchAt(10).length]])
  })

  test('nothing once closed', async () => {
    const { member: one, fetched } = await member(11)
    one.close()
    one.deliver(0, 11, fetchedOf(batchAt(10)))
    expect(fetched).toEqual([])
    await expect(one.joined(2, [0])).rejects.toThrow('stopped')
  })
})
