/** A question over very many stored cells: worked out in slices, so that whoever else asks is answered meanwhile. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { blockOf, chunkSuffix, groupOf, namesSuffix, slotOf, DAY_MS } from '../../../model/chunk.ts'
import { nameOf } from '../../../model/dictionary.ts'
import type { SeriesAnswer, TopAnswer } from '../../../query-api/wire.ts'
import { Filler, testSource } from '../fill.ts'
import { app, base, held, store } from '../http/wide-answers.ts'

const NAMES = 2000
const WINDOWS = 120
const BEGIN = Math.floor((Date.now() - 6 * 3_600_000) / DAY_MS) * DAY_MS + 3_600_000
const range = `&from=${BEGIN}&to=${BEGIN + WINDOWS * 60_000}`

/** One event is counted the usual way; its cell, word for word, then stands under every name in every minute. */
beforeAll(async () => {
  const filler = new Filler(store, testSource('long', { '1m': '90d' }, NAMES + 1), 1)
  await filler.open()
  await filler.applyBatch(0, [{ ts: BEGIN, country: 'c1' }], Date.now())
  const keys = filler.keys(0)
  const day = BEGIN / DAY_MS
  const first = BEGIN / 60_000
  const at = keys.of(chunkSuffix('country', '1m', 0, groupOf(first, 0, false)))
  const [cell] = (await store.pipeline([['HVALS', at]])) as [Buffer[]]
  const names = Array.from({ length: NAMES }, (_, n) => [nameOf([`c${n + 1}`]), n + 1]).flat()
  await store.pipeline([['HSET', keys.of(namesSuffix('country', Math.floor(day))), ...names]])
  for (let window = first; window < first + WINDOWS; window++) {
    const chunks = new Map<string, (string | number | Buffer)[]>()
    for (let id = 1; id <= NAMES; id++) {
      const block = blockOf(id, false)
      const suffix = chunkSuffix('country', '1m', block, groupOf(window, block, false))
      chunks.set(suffix, [...(chunks.get(suffix) ?? []), slotOf(window, id, false), cell[0]!])
    }
    await store.pipeline([...chunks].map(([suffix, fields]) => ['HSET', keys.of(suffix), ...fields]))
  }
}, 60_000)

test.each(['series', 'top'])(
  'a %s over 240,000 cells of one partition leaves the loop its turns',
  { timeout: 60_000 },
  async (kind) => {
    const query = `/v1/${kind}?metric=long.events&by=country${range}${kind === 'series' ? '&interval=1m&limit=20' : '&limit=500'}`
    const cold = await held(() => app.inject(query))
    expect(cold.result.statusCode).toBe(200)
    const answer = cold.result.json<SeriesAnswer | TopAnswer>()
    if ('series' in answer) {
      expect([answer.meta.seriesTotal, answer.timesMs.length]).toEqual([NAMES, WINDOWS])
      expect(answer.series.every(({ values }) => values.every((value) => value === 1))).toBe(true)
    } else {
      expect(answer).toMatchObject({ total: { value: NAMES * WINDOWS }, others: { count: NAMES - 500 } })
    }
    // Its cells are at hand now: what is left is to add them up.
    const again = await held(() => app.inject(query.replace('country', 'country&compare=previous')))
    expect(again.result.statusCode).toBe(200)
    for (const { heldMs, cpuMs } of [cold, again]) {
      expect(cpuMs).toBeGreaterThan(100) // else this shows nothing
      expect(heldMs).toBeLessThan(Math.max(cpuMs / 5, 40))
    }
  },
)

test('whoever asks whether the process lives is answered in between', { timeout: 60_000 }, async () => {
  const livez = (): Promise<number> =>
    new Promise((resolve, fail) => {
      const beganMs = performance.now()
      request(`${base}/livez`, (response) =>
        response.resume().on('end', () => resolve(performance.now() - beganMs)),
      )
        .on('error', fail)
        .end()
    })
  const worst = async (work: () => Promise<unknown>): Promise<{ waitMs: number; tookMs: number }> => {
    const beganMs = performance.now()
    const going = { on: true }
    const done = work().finally(() => (going.on = false))
    let waitMs = 0
    while (going.on) {
      waitMs = Math.max(waitMs, await livez())
      await sleep(10)
    }
    await done
    return { waitMs, tookMs: performance.now() - beganMs }
  }
  const quiet = await worst(() => sleep(500))
  const busy = await worst(() => app.inject(`/v1/top?metric=long.events&by=country${range}&limit=7`))
  expect(busy.waitMs).toBeLessThan(Math.max(100, quiet.waitMs * 4, busy.tookMs / 4))
})
