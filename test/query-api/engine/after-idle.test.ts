/** What is asked after nobody asked for hours is planned by the clock of now: windows that were kept when somebody last looked are gone. */
import { expect, test } from 'vitest'
import type { TopAnswer } from '../../../query-api/wire.ts'
import { store } from '../../harness/own-store.ts'
import { Filler, testSource } from '../fill.ts'
import { answerOf, clock } from '../own-api.ts'

test.each(['top?by=country&', 'series?by=country&interval=1s&', 'series?by=country&'])(
  '%s: the first question after an idle time is answered as the second',
  async (asked) => {
    clock.nowMs = Date.parse('2026-03-04T05:00:15Z') + 86_400_000 * asked.length
    const filler = new Filler(store, testSource(`idle${asked.length}`), 1)
    await filler.open()
    const send = (ts: number, country: string): Promise<void> =>
      filler.applyBatch(
        0,
        [1, 2, 3].map((n) => ({ ts, country, visitor: `v${n}` })),
        clock.nowMs,
        { key: ({ visitor }) => visitor! },
      )
    const ask = (): Promise<TopAnswer> =>
      answerOf(`/v1/${asked}metric=${filler.source.name}.events&from=now-1h`)
    await send(clock.nowMs, 'DE')
    await ask()
    clock.nowMs += 6 * 3_600_000
    await send(clock.nowMs, 'DE')
    await send(clock.nowMs - 3_600_000 + 20_000, 'LATE') // its minute is kept, its second is not
    const first = await ask().catch((error: Error) => error.message)
    expect(first).toEqual(await ask().catch((error: Error) => error.message))
    if (asked.startsWith('top')) expect(JSON.stringify(first)).toContain('LATE')
  },
)
