import { expect, test } from 'vitest'
import { knowsZones } from '../../embedded/zone-setting.ts'

test.each([
  ['Valkey server v=9.1.2 sha=00000000:0 malloc=libc bits=64', true],
  ['Valkey server v=8.1.0 sha=0:0', true],
  ['Valkey server v=8.0.9 sha=0:0', false],
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1', false],
  ['', false],
])('%s: %s', (version, knows) => {
  expect(knowsZones(version)).toBe(knows)
})
