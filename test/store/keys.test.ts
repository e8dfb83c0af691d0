import { expect, test } from 'vitest'
import { SLOTS_OF_A_CLUSTER, slotOfTag, tagOf } from '../../store/keys.ts'

test('tags spread partitions evenly over any number of shards', () => {
  const slots = Array.from({ length: 12 }, (_, partition) => slotOfTag(tagOf('clicks', partition)))
  for (const shards of [2, 3, 4, 6]) {
    const load = Array.from({ length: shards }, () => 0)
    for (const slot of slots) load[Math.floor((slot / SLOTS_OF_A_CLUSTER) * shards)]!++
    expect(Math.max(...load) - Math.min(...load)).toBeLessThanOrEqual(2)
  }
  expect(slotOfTag('123456789')).toBe(12739) // the check value of the cluster specification
})
