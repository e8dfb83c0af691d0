import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { clockText } from '../../model/time/clock-text.ts'
import { arrive, hear, keyHash } from '../../model/time/clock.ts'
import { firstState } from '../../model/partition-state.ts'
import { needs } from '../harness/needs.ts'

const NOW = 1_777_636_800_000
const DAY = 86_400_000
const FUTURE_MS = 60_000

type Step = [key: string | null, timeMs: number, arrivedMs: number | null]

const timeOf = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 600_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -2 * DAY, max: 2 * DAY }) },
  { weight: 1, arbitrary: fc.constantFrom(-NOW, -NOW + 200_000, 400 * DAY, 59 * 60_000, 8 * 3_600_000) },
)
const key = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.option(fc.string({ unit: 'binary', maxLength: 12 })) },
) as fc.Arbitrary<string | null>
const step: fc.Arbitrary<Step> = fc
  .tuple(key, timeOf, fc.option(timeOf))
  .map(([name, atMs, arrivedMs]) => [name, NOW + atMs, arrivedMs === null ? null : NOW + arrivedMs])
/** A step told many times over, as one key after the other or alone. */
const burst = fc
  .tuple(step, fc.integer({ min: 1, max: 40 }), fc.constantFrom(1000, 300_000, 7_200_000))
  .map(([[name, timeMs, arrivedMs], count, everyMs]) =>
    Array.from({ length: count }, (_, n): Step => [name, timeMs + n * everyMs, arrivedMs]),
  )
const log = fc.array(burst, { maxLength: 25 }).map((bursts) => bursts.flat())

const PROGRAM = `
import json, sys
from clock import Clock
for line in sys.stdin:
    first, steps = json.loads(line)
    clock = Clock(${FUTURE_MS}, first == 0)
    for key, at, arrived in steps:
        clock.hear(key, at)
        clock.arrive(arrived)
    print(json.dumps([clock.now, clock.newest, clock.since(), clock.ahead, json.loads(clock.text())]))
`

needs('python3').test(
  'the recount has the same clock: random logs, step for step',
  { timeout: 120_000 },
  () => {
    const seed = Date.now() % 1_000_000
    const logs = fc
      .sample(log, { seed, numRuns: 400 })
      .map((steps, n): [number, Step[]] => [n % 3 === 0 ? 7 : 0, steps])
    const run = spawnSync('python3', ['-B', '-c', PROGRAM], {
      cwd: join(import.meta.dirname, '../../audit'),
      input: logs.map((one) => JSON.stringify(one)).join('\n'),
      encoding: 'utf8',
      timeout: 100_000,
      maxBuffer: 1e9,
    })
    expect(run.stderr).toBe('')
    const theirs = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    const ours = logs.map(([first, steps]) => {
      const state = firstState(first, 1)
      for (const [name, timeMs, arrivedMs] of steps) {
        state.events.counted++
        hear(state, keyHash(name), timeMs, FUTURE_MS)
        arrive(state, arrivedMs)
      }
      return [
        state.logClockMs,
        state.newestMs,
        state.sinceMs,
        state.ahead,
        JSON.parse(clockText(state.clock)) as unknown,
      ]
    })
    expect(theirs.length).toBe(400)
    for (const [n, one] of ours.entries()) expect(theirs[n], `log ${n} of seed ${seed}`).toEqual(one)
    // The logs reach what they are to compare.
    expect(ours.filter(([clockMs]) => clockMs !== null).length).toBeGreaterThan(100)
    expect(ours.filter(([, , , ahead]) => (ahead as number) > 0).length).toBeGreaterThan(50)
  },
)
