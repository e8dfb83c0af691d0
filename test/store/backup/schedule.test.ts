import { expect, test } from 'vitest'
import { nameOf } from '../../../store/backup/retention.ts'
import { scheduled } from '../../../store/backup/schedule.ts'
import { isInside, parseWindow } from '../../../store/keeper/window.ts'

const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000]

/** A schedule over a place in memory, with a clock of its own. */
function place(options: { everyMs: number; window?: string; keep?: number }) {
  const kept: string[] = []
  const notes: string[] = []
  const state = { nowMs: Date.parse('2026-03-01T00:00:00Z'), fault: null as string | null }
  const window = options.window === undefined ? null : parseWindow(options.window)!
  const look = scheduled({
    everyMs: options.everyMs,
    mayBegin: window && ((nowMs) => isInside(window, nowMs)),
    now: () => state.nowMs,
    names: async () => kept,
    async make() {
      if (state.fault !== null) throw new Error(state.fault)
      const name = nameOf(state.nowMs, '0000')
      kept.push(name)
      return `backup ${name}`
    },
    dropOutdated: async () => kept.splice(0, kept.length - (options.keep ?? kept.length)),
    note: async (kind, text) => void notes.push(`${kind}: ${text}`),
  })
  const until = async (iso: string, stepMs = MINUTE_MS): Promise<void> => {
    for (; state.nowMs < Date.parse(iso); state.nowMs += stepMs)
      await look(new AbortController().signal).catch(() => {})
  }
  return { kept, notes, state, until }
}

test('one is made when the newest is so old, whoever made that', async () => {
  const { kept, until } = place({ everyMs: 6 * HOUR_MS })
  kept.push('20260228T210000Z-0000')
  await until('2026-03-02T00:00:00Z')
  expect(kept.map((name) => name.slice(0, 13))).toEqual([
    '20260228T2100',
    '20260301T0300',
    '20260301T0900',
    '20260301T1500',
    '20260301T2100',
  ])
})

test('it waits for the window, and what is due within it is made there', async () => {
  const { kept, until } = place({ everyMs: 24 * HOUR_MS, window: 'Sun 02:00-04:00' })
  await until('2026-03-16T00:00:00Z', 10 * MINUTE_MS)
  expect(kept.map((name) => name.slice(0, 13))).toEqual(['20260301T0200', '20260308T0200', '20260315T0200'])
})

test('what no rule keeps goes after the next one, and each is noted', async () => {
  const { kept, notes, until } = place({ everyMs: HOUR_MS, keep: 2 })
  await until('2026-03-01T03:30:00Z')
  expect(kept.map((name) => name.slice(9, 13))).toEqual(['0200', '0300'])
  expect(notes.filter((one) => one.includes('deleted')).length).toBe(2)
})

test('one that fails is noted, tried again after five minutes, and told again after an hour', async () => {
  const { kept, notes, state, until } = place({ everyMs: HOUR_MS })
  state.fault = 'the folder cannot be used'
  await until('2026-03-01T01:30:00Z')
  expect(notes).toEqual(Array(2).fill('backup failed: the folder cannot be used'))
  state.fault = 'the disk is full'
  await until('2026-03-01T01:36:00Z')
  expect(notes.at(-1)).toBe('backup failed: the disk is full')
  state.fault = null
  await until('2026-03-01T01:45:00Z')
  expect(kept.length).toBe(1)
})

test('a place that does not answer is a failure too', async () => {
  const notes: string[] = []
  const look = scheduled({
    everyMs: HOUR_MS,
    mayBegin: null,
    now: () => 0,
    names: () => Promise.reject(new Error('the bucket is away')),
    make: async () => 'never',
    dropOutdated: async () => [],
    note: async (kind, text) => void notes.push(`${kind}: ${text}`),
  })
  await expect(look(new AbortController().signal)).rejects.toThrow('the bucket is away')
  expect(notes).toEqual(['backup failed: the bucket is away'])
})

test('one that was stopped, as its process ends or another one keeps, has not failed', async () => {
  const stopping = new AbortController()
  const notes: string[] = []
  const look = scheduled({
    everyMs: HOUR_MS,
    mayBegin: null,
    now: () => 0,
    names: async () => [],
    make: async (stop) => {
      stopping.abort()
      stop.throwIfAborted()
      return 'never'
    },
    dropOutdated: async () => [],
    note: async (kind) => void notes.push(kind),
  })
  await look(stopping.signal)
  expect(notes).toEqual([])
})
