import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Group } from '../../embedded/broker/groups/group.ts'
import type { JoinGroupRequest, JoinOutcome } from '../../embedded/broker/messages/join-group.ts'

const client = { id: 'client', host: 'host' }
const join = (memberId: string, more: Partial<JoinGroupRequest> = {}): JoinGroupRequest => ({
  groupId: 'g',
  sessionTimeoutMs: 1000,
  rebalanceTimeoutMs: 3000,
  memberId,
  instanceId: null,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  needsMemberId: false,
  ...more,
})

const claim = (memberId: string, generation: number, instanceId: string | null = null) => ({
  memberId,
  generation,
  instanceId,
})

/** Joins, and waits no longer than the present turn of the loop for an answer. */
async function soon<T>(answer: T | Promise<T>): Promise<T | 'waiting'> {
  const nothing = new Promise<'waiting'>((resolve) => setImmediate(() => resolve('waiting')))
  return Promise.race([answer, nothing])
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

async function stableGroup(members: number): Promise<{ group: Group; ids: string[] }> {
  const group = new Group('g', 0)
  const first = (await group.join(join(''), client)) as JoinOutcome
  const joins: (JoinOutcome | Promise<JoinOutcome>)[] = []
  for (let i = 1; i < members; i++) joins.push(group.join(join(''), client))
  const leader = members === 1 ? first : await group.join(join(first.memberId), client)
  const all = [leader, ...(await Promise.all(joins))]
  const ids = all.map((m) => m.memberId)
  const syncs = ids
    .toReversed()
    .map((memberId) =>
      group.sync({
        groupId: 'g',
        generation: leader.generation,
        memberId,
        instanceId: null,
        assignments:
          memberId === leader.leader ? ids.map((id) => ({ memberId: id, assignment: Buffer.from(id) })) : [],
      }),
    )
  for (const sync of await Promise.all(syncs)) expect(sync.error).toBe('NONE')
  expect(group.state).toBe('Stable')
  return { group, ids }
}

describe('a group', () => {
  test("gives everybody the leader's assignment, one generation at a time", async () => {
    const { group, ids } = await stableGroup(3)
    expect(group.generation).toBe(2)
    for (const id of ids) expect(group.members.get(id)!.assignment.toString()).toBe(id)
    for (const id of ids) expect(group.heartbeat(claim(id, 2))).toBe('NONE')
    expect(group.heartbeat(claim(ids[0]!, 1))).toBe('ILLEGAL_GENERATION')
    expect(group.heartbeat(claim('stranger', 2))).toBe('UNKNOWN_MEMBER_ID')
  })

  test('hands out an id first where the client knows that dance', async () => {
    const group = new Group('g', 0)
    const told = await group.join(join('', { needsMemberId: true }), client)
    expect(told.error).toBe('MEMBER_ID_REQUIRED')
    expect(group.members.size).toBe(0)
    expect((await group.join(join(told.memberId, { needsMemberId: true }), client)).error).toBe('NONE')
    expect((await group.join(join('made-up', { needsMemberId: true }), client)).error).toBe(
      'UNKNOWN_MEMBER_ID',
    )
  })

  test('drops a member whose session ends, and tells the others to join again', async () => {
    const { group, ids } = await stableGroup(2)
    vi.advanceTimersByTime(900)
    expect(group.heartbeat(claim(ids[0]!, 2))).toBe('NONE')
    vi.advanceTimersByTime(200)
    expect(group.heartbeat(claim(ids[0]!, 2))).toBe('REBALANCE_IN_PROGRESS')
    const again = await group.join(join(ids[0]!), client)
    expect([again.error, again.generation, again.members.length]).toEqual(['NONE', 3, 1])
  })

  test('lets a member with an instance id take the place of the one that it was, at once; the older is told, and cannot come back', async () => {
    const group = new Group('g', 0)
    const first = await group.join(join('', { instanceId: 'i', needsMemberId: true }), client)
    expect(first.error).toBe('NONE')
    const second = await group.join(
      join('', {
        instanceId: 'i',
        needsMemberId: true,
        protocols: [{ name: 'other', metadata: Buffer.from('m') }],
      }),
      client,
    )
    expect([second.error, second.leader, group.members.size]).toEqual(['NONE', second.memberId, 1])
    expect(second.memberId).not.toBe(first.memberId)
    expect(group.heartbeat(claim(first.memberId, 1, 'i'))).toBe('FENCED_INSTANCE_ID')
    expect(group.mayCommit(claim(first.memberId, 1, 'i'))).toBe('FENCED_INSTANCE_ID')
    expect((await group.join(join(first.memberId, { instanceId: 'i' }), client)).error).toBe(
      'FENCED_INSTANCE_ID',
    )
    expect(group.leave({ id: first.memberId, instanceId: 'i' })).toBe('FENCED_INSTANCE_ID')
    expect(group.heartbeat(claim(second.memberId, 2, 'i'))).toBe('NONE')
    expect(group.leave({ id: '', instanceId: 'nobody' })).toBe('UNKNOWN_MEMBER_ID')
    expect(group.leave({ id: '', instanceId: 'i' })).toBe('NONE')
    expect(group.state).toBe('Empty')
  })

  test('lets one of two members with instance ids come back, and the other keeps its id', async () => {
    const { group, ids } = await stableGroup(1)
    const waiting = group.join(join('', { instanceId: 'i' }), client)
    await group.join(join(ids[0]!), client)
    const before = (await waiting).memberId
    const back = group.join(join('', { instanceId: 'i' }), client)
    expect(group.heartbeat(claim(ids[0]!, 2))).toBe('REBALANCE_IN_PROGRESS')
    expect((await group.join(join(ids[0]!), client)).members.length).toBe(2)
    expect((await back).memberId).not.toBe(before)
    expect(group.members.has(before)).toBe(false)
  })

  test('goes on without those who do not join again in time', async () => {
    const { group, ids } = await stableGroup(2)
    const newcomer = group.join(join(''), client)
    const kept = group.join(join(ids[0]!), client)
    expect(await soon(newcomer)).toBe('waiting')
    for (let i = 0; i < 4; i++) {
      group.heartbeat(claim(ids[1]!, 2)) // alive, but it never joins
      vi.advanceTimersByTime(800)
    }
    expect((await Promise.all([newcomer, kept])).map((m) => m.generation)).toEqual([3, 3])
    expect(group.heartbeat(claim(ids[1]!, 2))).toBe('UNKNOWN_MEMBER_ID')
  })

  test('expels a leader that never assigns', async () => {
    const { group, ids } = await stableGroup(2)
    const [leader, other] = [group.leader, ids.find((id) => id !== group.leader)!]
    await Promise.all([group.join(join(leader), client), group.join(join(other), client)])
    const sync = group.sync({
      groupId: 'g',
      generation: 3,
      memberId: other,
      instanceId: null,
      assignments: [],
    })
    for (let i = 0; i < 4; i++) {
      group.heartbeat(claim(leader, 3))
      vi.advanceTimersByTime(800)
    }
    expect((await sync).error).toBe('REBALANCE_IN_PROGRESS')
    expect(group.members.has(leader)).toBe(false)
    expect((await group.join(join(other), client)).leader).toBe(other)
  })

  test('takes a leave at once, and ends empty', async () => {
    const { group, ids } = await stableGroup(2)
    expect(group.remove(ids[1]!)).toBe('NONE')
    expect(group.heartbeat(claim(ids[0]!, 2))).toBe('REBALANCE_IN_PROGRESS')
    expect(group.remove(ids[0]!)).toBe('NONE')
    expect([group.state, group.isUnused]).toEqual(['Empty', true])
    expect(group.mayCommit(claim('', -1))).toBe('NONE')
  })

  test('commits only from the present generation', async () => {
    const { group, ids } = await stableGroup(1)
    expect(group.mayCommit(claim(ids[0]!, 1))).toBe('NONE')
    expect(group.mayCommit(claim(ids[0]!, 0))).toBe('ILLEGAL_GENERATION')
    expect(group.mayCommit(claim('', -1))).toBe('UNKNOWN_MEMBER_ID')
  })

  test('keeps strangers out whose protocol nobody speaks, and elects the one most like', async () => {
    const offers = (...names: string[]) => ({
      protocols: names.map((name) => ({ name, metadata: Buffer.from(name) })),
    })
    const group = new Group('g', 50)
    const joins = [
      join('', offers('a', 'b')),
      join('', offers('b', 'a')),
      join('', offers('b', 'a', 'c')),
    ].map((r) => group.join(r, client))
    expect((await group.join(join('', offers('z')), client)).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    expect((await group.join(join('', { protocolType: 'connect' }), client)).error).toBe(
      'INCONSISTENT_GROUP_PROTOCOL',
    )
    vi.advanceTimersByTime(50)
    const all = await Promise.all(joins)
    expect(all.map((m) => [m.generation, m.protocol])).toEqual([
      [1, 'b'],
      [1, 'b'],
      [1, 'b'],
    ])
    expect(all.find((m) => m.members.length > 0)!.members.map((m) => m.metadata.toString())).toEqual([
      'b',
      'b',
      'b',
    ])
  })
})
