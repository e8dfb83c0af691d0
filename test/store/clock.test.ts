import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { openStoreClock, type StoreClock } from '../../store/calls/clock.ts'

const open: StoreClock[] = []
afterEach(() => open.splice(0).forEach((clock) => clock.close()))

/** A store whose clock, and a machine whose clock, are the test's; a look takes `roundTripMs`. */
function world(aheadMs: number) {
  const at = {
    trueMs: 1_800_000_000_000,
    monotonicMs: 5000,
    wallAheadMs: aheadMs,
    storeAheadMs: 0,
    roundTripMs: 4,
    isAway: false,
    looks: 0,
  }
  const pass = (ms: number): void => {
    at.trueMs += ms
    at.monotonicMs += ms
  }
  const store = {
    async pipeline() {
      at.looks++
      if (at.isAway) throw new Error('away')
      pass(at.roundTripMs / 2)
      const ms = at.trueMs + at.storeAheadMs
      pass(at.roundTripMs / 2)
      return [0, [Buffer.from(String(Math.floor(ms / 1000))), Buffer.from(String((ms % 1000) * 1000))]]
    },
  }
  const clock = openStoreClock(store, {
    everyMs: 5,
    wall: () => at.trueMs + at.wallAheadMs,
    monotonic: () => at.monotonicMs,
  })
  open.push(clock)
  const moreLooks = async (): Promise<void> => {
    for (const had = at.looks; at.looks < had + 8; ) await sleep(5)
    await sleep(5)
  }
  return { at, clock, pass, moreLooks }
}

test.each([0, 3_600_000, -3_600_000])(
  "with a wall clock that is %i ms ahead the time is the store's",
  async (aheadMs) => {
    const { at, clock, pass } = world(aheadMs)
    await clock.begun
    pass(60_000)
    expect(Math.abs(clock.now() - at.trueMs)).toBeLessThanOrEqual(2)
    expect(
      Math.abs(clock.fromWall(at.trueMs + at.wallAheadMs - 500) - (at.trueMs - 500)),
    ).toBeLessThanOrEqual(2)
    expect(Math.abs(clock.skewMs()! - aheadMs)).toBeLessThanOrEqual(2)
  },
)

test('a wall clock that is set while it runs moves nothing', async () => {
  const { at, clock } = world(0)
  await clock.begun
  at.wallAheadMs = -7_200_000
  expect(Math.abs(clock.now() - at.trueMs)).toBeLessThanOrEqual(2)
})

test('a slow look does not move it, a store with another clock does', async () => {
  const { at, clock, moreLooks } = world(0)
  await clock.begun
  at.roundTripMs = 3000
  await moreLooks()
  expect(Math.abs(clock.now() - at.trueMs)).toBeLessThanOrEqual(1500)
  at.roundTripMs = 4
  at.storeAheadMs = 120_000
  await moreLooks()
  expect(Math.abs(clock.now() - at.trueMs - 120_000)).toBeLessThanOrEqual(2)
})

test("until the store answered it is this machine's; while it is away the last look holds", async () => {
  const { at, clock, pass, moreLooks } = world(500)
  expect([clock.now(), clock.skewMs()]).toEqual([at.trueMs + 500, null])
  await clock.begun
  at.isAway = true
  await moreLooks()
  pass(90_000)
  expect(Math.abs(clock.now() - at.trueMs)).toBeLessThanOrEqual(2)
})
