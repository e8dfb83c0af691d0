import { describe, expect, test } from 'vitest'
import { parseClusterNodes, SLOTS, slotCount } from '../../store/topology/cluster-nodes.ts'
import { shardRange } from '../../store/topology/form-cluster.ts'
import { placeNodes, zoneOfReplica } from '../../store/topology/placement.ts'
import { planMoves, slotsOf } from '../../store/topology/plan-moves.ts'

const primary = (id: string, ...slots: [number, number][]) => ({ id, slots })

describe('zones', () => {
  test.each([
    [3, 1, 'abc'],
    [4, 2, 'abc'],
    [5, 3, 'ab'],
    [2, 4, 'abcd'],
  ])('%i shards of %i replicas in %s: no replica beside its primary', (shards, replicas, letters) => {
    const nodes = placeNodes(shards, replicas, [...letters])
    expect(nodes).toHaveLength(shards * (replicas + 1))
    for (const { shard, zone, isReplica } of nodes)
      if (isReplica) expect(zone).not.toBe(nodes.find((one) => one.shard === shard && !one.isReplica)!.zone)
  })

  test('one zone is all there is', () => expect(zoneOfReplica(['a'], 'a', [])).toBe('a'))

  test('the replicas of a primary go to different zones first', () =>
    expect([[], ['c'], ['c', 'a'], ['a']].map((taken) => zoneOfReplica(['a', 'b', 'c'], 'b', taken))).toEqual(
      ['c', 'a', 'c', 'c'],
    ))
})

describe('slots', () => {
  test('the shards of a new cluster have all of them, each once', () => {
    for (const shards of [1, 3, 7]) {
      const ranges = Array.from({ length: shards }, (_, shard) => shardRange(shard, shards))
      expect(ranges[0]![0]).toBe(0)
      expect(ranges.at(-1)![1]).toBe(SLOTS - 1)
      for (let at = 1; at < shards; at++) expect(ranges[at]![0]).toBe(ranges[at - 1]![1] + 1)
    }
  })

  test('a shard more gets its share, and nothing else moves', () => {
    const before = [0, 1, 2].map((shard) => primary(`p${shard}`, [...shardRange(shard, 3)]))
    const moves = planMoves([...before, primary('p3')], ['p0', 'p1', 'p2', 'p3'])
    expect(moves.every(({ to }) => to === 'p3')).toBe(true)
    expect(moves.reduce((sum, move) => sum + slotsOf(move), 0)).toBe(SLOTS / 4)
  })

  test('a shard that goes gives all it has', () => {
    const before = [0, 1, 2, 3].map((shard) => primary(`p${shard}`, [...shardRange(shard, 4)]))
    const moves = planMoves(before, ['p0', 'p1', 'p2'])
    expect(moves.every(({ from }) => from === 'p3')).toBe(true)
    expect(moves.reduce((sum, move) => sum + slotsOf(move), 0)).toBe(SLOTS / 4)
    expect(planMoves(before.slice(0, 3), ['p0', 'p1', 'p2'])).toEqual([])
  })

  test('CLUSTER NODES: roles, faults and ranges; slots on their way and strangers are left out', () => {
    const nodes = parseClusterNodes(
      [
        'aa 127.0.0.1:7000@17000,host myself,master - 0 0 1 connected 0-99 200 [300-<-bb]',
        'bb [::1]:7001@17001 slave,fail? aa 0 0 1 connected',
        'cc :0@0 master,noaddr - 0 0 0 disconnected',
        'dd 127.0.0.1:7003@17003 handshake - 0 0 0 connected',
      ].join('\n'),
    )
    expect(nodes).toMatchObject([
      { id: 'aa', host: '127.0.0.1', port: 7000, isPrimary: true, isMyself: true, isFailed: false },
      { id: 'bb', port: 7001, isPrimary: false, primaryId: 'aa', isFailed: true },
    ])
    expect(nodes.map(slotCount)).toEqual([101, 0])
  })
})
