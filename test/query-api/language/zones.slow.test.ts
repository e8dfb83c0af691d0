/** Days of a zone in every kind of zone, every statistic. */
import { test } from 'vitest'
import { changes, expectDays } from './filled-days.ts'
import { STATS } from '../engine/filled-series.ts'

test.each(changes)('days of %s around %s', { timeout: 120_000 }, async (zone, date, minutes) => {
  await expectDays([zone, date, minutes], STATS)
})
