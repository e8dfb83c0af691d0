/** For tests of days of a zone: which they are, by Python's zoneinfo, events over them, and what a plain count of these says. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { TopAnswer } from '../../../query-api/wire.ts'
import { Filler, testSource, type Sent } from '../fill.ts'
import { app, clock, close, get, oracle, store } from '../engine/filled-series.ts'

export const [HOUR, DAY] = [3_600_000, 86_400_000]
const table = JSON.parse(
  readFileSync(new URL('../../fixtures/zones/days-2025.json', import.meta.url), 'utf8'),
) as Record<string, { beginsAt: number; minutesOf: Record<string, number> }>
/** Starts of the first `count` days of 2025 from day `from` on, and the end of the last. */
export function daysIn(zone: string, from: number, count: number): number[] {
  const { beginsAt, minutesOf } = table[zone]!
  let startMs = beginsAt * 1000
  const starts: number[] = []
  for (let n = 0; n <= from + count; n++) {
    if (n >= from) starts.push(startMs)
    startMs += (minutesOf[new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10)] ?? 1440) * 60_000
  }
  return starts
}
export const dayNumber = (date: string): number => (Date.parse(date) - Date.UTC(2025, 0, 1)) / DAY

export async function send(filler: Filler, events: readonly Sent[]): Promise<void> {
  for (const partition of [0, 1]) {
    const own = events.filter((_, at) => at % 2 === partition)
    for (let at = 0; at < own.length; at += 100)
      await filler.applyBatch(partition, own.slice(at, at + 100), clock.nowMs)
    await filler.applyBatch(partition, [], clock.nowMs)
  }
}
/** One event every 35 minutes of a stretch, or as often as said: never twice at the same place of a day. */
export function eventsOver(fromMs: number, toMs: number, everyMs = 35 * 60_000): Sent[] {
  const events: Sent[] = []
  for (let ts = fromMs; ts < toMs; ts += everyMs) {
    const n = events.length
    const [country, device] = [n % 3 === 0 ? 'DE' : 'FR', n % 2 === 0 ? 'phone' : 'desk']
    events.push({ ts, country, device, visitor: `v${n % 40}`, load: (n * 7919) % 1000, paid: n % 5 })
  }
  return events
}

/** Spring or autumn of each zone: six days around the change. */
export const changes: [zone: string, date: string, minutes: number][] = [
  ['Europe/Berlin', '2025-03-30', 1380],
  ['Europe/Berlin', '2025-10-26', 1500],
  ['America/St_Johns', '2025-11-02', 1500],
  ['Asia/Kolkata', '2025-06-15', 1440],
  ['Asia/Kathmandu', '2025-06-15', 1440],
  ['Pacific/Chatham', '2025-09-28', 1380],
  ['Australia/Lord_Howe', '2025-04-06', 1470],
  ['Australia/Lord_Howe', '2025-10-05', 1410],
  ['America/Santiago', '2025-09-07', 1380],
]
let names = 0
export const newName = (): string => `zones${names++}`

/** Six days around a change of the clocks: all that is asked of them is that of their events, and their sum that of the range. */
export async function expectDays(
  [zone, date, minutes]: (typeof changes)[number],
  stats: readonly string[],
): Promise<void> {
  const days = daysIn(zone, dayNumber(date) - 3, 6)
  const [fromMs, toMs] = [days[0]!, days.at(-1)!]
  const events = eventsOver(fromMs - 2 * DAY, toMs + 2 * DAY)
  clock.nowMs = toMs + 3 * DAY
  const filler = new Filler(store, testSource(newName(), { '15m': 'forever', '1h': 'forever' }), 2)
  await filler.open()
  await send(filler, events)
  const ask = `interval=1d&tz=${zone}&from=${new Date(Date.UTC(2025, 0, 1 + dayNumber(date) - 3)).toISOString().slice(0, 10)}&to=${toMs}`
  for (const stat of stats) {
    const answer = await get(`metric=${filler.source.name}.${stat}&${ask}`)
    expect([zone, answer.timesMs]).toEqual([zone, days.slice(0, -1)])
    expect(answer.timesMs[4]! - answer.timesMs[3]!).toBe(minutes * 60_000)
    expect(answer.meta).toMatchObject({ tz: zone, interval: '1d', fromMs, toMs })
    expect(answer.meta.partial).toBeUndefined()
    close(
      answer.series[0]!.values,
      days.slice(0, -1).map((startMs, at) => oracle(events, stat, startMs, days[at + 1]!)),
    )
  }
  const byCountry = await get(`metric=${filler.source.name}.events&by=country&${ask}`)
  const all = byCountry.series.flatMap(({ values }) => values).reduce<number>((sum, one) => sum + one!, 0)
  expect(all).toBe(oracle(events, 'events', fromMs, toMs))
  const top = await app.inject(
    `/v1/top?metric=${filler.source.name}.events&by=country&tz=${zone}&from=${fromMs}&to=${toMs}`,
  )
  expect(top.json<TopAnswer>().total.value).toBe(all)
}
