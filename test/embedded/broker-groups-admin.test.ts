/** Groups, asked for as admin tools do. */
import { describe, expect, test } from 'vitest'
import { kafkaAt, memberOf, unique, until } from './kafka.ts'
import { wireTo } from './wire.ts'
import { broker, begin, admin, made, code } from './admin-broker.ts'

describe('groups', () => {
  test('offsets are forgotten by partition, by group, and with their topic; never under a member', async () => {
    const to = await admin()
    const [topic, other, group] = [await made(to, {}, 2), await made(to), unique('group')]
    const wire = await wireTo(broker.port)
    // OffsetCommit v3 from outside of the group: kafkajs would take five seconds for each.
    const commit = (name: string, indexes: readonly number[]) =>
      wire.ask(8, 3, (w) =>
        w
          .string(group)
          .int32(-1)
          .string('')
          .int64(-1)
          .array([name], (x, one) =>
            x.string(one).array(indexes, (y, i) => y.int32(i).int64(0).nullableString(null)),
          ),
      )
    await commit(topic, [0, 1])
    await commit(other, [0])
    const forget = async (groupId: string): Promise<[number, number | undefined]> => {
      const body = await wire.ask(47, 0, (w) =>
        w.string(groupId).array([topic], (x, name) => x.string(name).array([1], (y, i) => y.int32(i))),
      )
      const error = body.int16()
      body.int32()
      const [first] = body.array(
        (r) => [r.string(), r.array((p) => [p.int32(), p.int16()] as const)] as const,
      )
      return [error, first?.[1][0]?.[1]]
    }
    const offsets = async (): Promise<string[]> =>
      (await to.fetchOffsets({ groupId: group, topics: [topic, other] })).flatMap((t) =>
        t.partitions.map((p) => p.offset),
      )
    expect(await forget('no-such-group')).toEqual([code('GROUP_ID_NOT_FOUND'), undefined])
    expect(await forget(group)).toEqual([0, 0])
    expect(await offsets()).toEqual(['0', '-1', '0'])
    await to.deleteTopics({ topics: [other] })
    await to.createTopics({ topics: [{ topic: other, numPartitions: 1 }] })
    expect(await offsets()).toEqual(['0', '-1', '-1'])
    const member = await memberOf(kafkaAt(`127.0.0.1:${broker.port}`), group, topic, [])
    await until(async () => (await to.describeGroups([group])).groups[0]!.state === 'Stable')
    expect(await forget(group)).toEqual([0, code('GROUP_SUBSCRIBED_TO_TOPIC')])
    const answer = await wire.askFlexible(42, 2, (w) =>
      w.array([group, 'no-such-group'], (x, id) => x.string(id)),
    )
    answer.int32()
    expect(answer.structs((r) => [r.string(), r.int16()][1])).toEqual([
      code('NON_EMPTY_GROUP'),
      code('GROUP_ID_NOT_FOUND'),
    ])
    await member.disconnect()
    await until(async () => (await to.describeGroups([group])).groups[0]!.state !== 'Stable')
    await to.deleteGroups([group])
    expect((await to.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(group)
    await broker.close()
    await begin()
    expect((await (await admin()).listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(group)
  })

  test('a member that gives no time to rebalance joins and syncs all the same', async () => {
    const wire = await wireTo(broker.port)
    const group = unique('group')
    const body = await wire.ask(11, 3, (w) => {
      w.string(group).int32(10_000).int32(0).string('').string('consumer')
      w.array(['range'], (x, name) => x.string(name).bytes(Buffer.from('m')))
    })
    body.int32()
    expect(body.int16()).toBe(0)
    const generation = body.int32()
    body.string()
    body.string()
    const member = body.string()
    await new Promise((resolve) => setTimeout(resolve, 50)) // long enough for a patience of 0 to run out
    const synced = await wire.ask(14, 2, (w) =>
      w
        .string(group)
        .int32(generation)
        .string(member)
        .array([member], (x, id) => x.string(id).bytes(Buffer.from('all'))),
    )
    synced.int32()
    expect([synced.int16(), String(synced.bytes())]).toEqual([0, 'all'])
  })

  test('the newer group protocol, and transactions, are refused in words that clients report', async () => {
    const wire = await wireTo(broker.port)
    const beat = await wire.askFlexible(68, 0, () => {})
    beat.int32()
    expect([beat.int16(), beat.nullableString()]).toEqual([
      code('UNSUPPORTED_VERSION'),
      expect.stringContaining('group.protocol=classic'),
    ])
    const found = await wire.askFlexible(10, 4, (w) => w.int8(1).array(['t'], (x, key) => x.string(key)))
    found.int32()
    const [coordinator] = found.structs((r) => [
      r.string(),
      r.int32(),
      r.string(),
      r.int32(),
      r.int16(),
      r.nullableString(),
    ])
    expect(coordinator!.slice(4)).toEqual([
      code('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'),
      expect.stringContaining('no transactions'),
    ])
  })
})
