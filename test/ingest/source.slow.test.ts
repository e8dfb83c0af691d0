/** Whole sources at work over a broker and a store: what becomes of them when the catalog, the store or the definition changes under them. */
import { describe, expect, test } from 'vitest'
import type { Source } from '../../model/definition.ts'
import { catalogKey, partitionKeys } from '../../store/keys.ts'
import { readPosition } from '../../store/calls/open.ts'
import {
  admin,
  store,
  patience,
  start,
  stop,
  fresh,
  edited,
  send,
  catalogOf,
  counted,
  states,
  standsWith,
} from './started-source.ts'

describe('what the store loses', { timeout: 90_000 }, () => {
  test('the catalog alone: written again as it was, and counting goes on meanwhile', async () => {
    const source = fresh()
    const one = await start(source)
    await send(source, 0, 10)
    await expect.poll(() => counted(source), patience).toBe(10)
    await store.pipeline([['DEL', catalogKey(source.name)]])
    await send(source, 10, 20)
    await expect.poll(() => counted(source), patience).toBe(20)
    await standsWith(source, '1 active')
    expect(one.lines.join('\n')).toContain('the store lost its catalog; the catalog is written again')
    expect(one.crashes).toEqual([])
  })

  test('everything, under a worker: counted anew in place, once; nobody halts, the loss is counted, and no answer passes for whole meanwhile', async () => {
    const source = fresh()
    const one = await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    for (const rewinds of [1, 2]) {
      const [keys] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
      await store.pipeline(keys.map((key) => ['UNLINK', key]))
      await expect
        .poll(async () => states(await catalogOf(source)), { ...patience, interval: 5 })
        .toBe('1 filling')
      await expect.poll(() => counted(source), patience).toBe(40)
      await standsWith(source, '1 active')
      expect((await readPosition(store, partitionKeys(source.name, 0, 1), source))!.rewinds).toBe(rewinds)
    }
    expect(one.lines.filter((line) => /HALTED|SUPERSEDED|generation 2/.test(line))).toEqual([])
  })

  test('everything, while no worker runs: the same', async () => {
    const source = fresh()
    const before = await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    await stop(before)
    const [keys] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
    await store.pipeline(keys.map((key) => ['UNLINK', key]))
    const after = await start(source)
    expect(states(await catalogOf(source))).toMatch(/^1 (filling|active)$/)
    await expect.poll(() => counted(source), patience).toBe(40)
    await standsWith(source, '1 active')
    expect(after.lines.filter((line) => /HALTED|generation 2/.test(line))).toEqual([])
    expect(after.lines.join('\n')).toContain('the store lost this partition')
  })

  test('one partition of what answers: filled anew beside it, in one generation', async () => {
    const source = fresh()
    await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    await store.pipeline([['DEL', partitionKeys(source.name, 1, 1).pos]])
    await standsWith(source, '1 old, 2 active')
    expect(await counted(source, 2)).toBe(40)
  })
})

describe('definitions', { timeout: 90_000 }, () => {
  test('an older copy of the store across an edit is no other worker: the definition enters again', async () => {
    const source = fresh()
    const before = await start(source)
    await send(source, 0, 10)
    await expect.poll(() => counted(source), patience).toBe(10)
    await stop(before)
    const [keys] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
    const dumps = (await store.pipeline(keys.map((key) => ['DUMP', key]))) as Buffer[]
    const after = await start(edited(source), { fileMs: 2 })
    await standsWith(source, '1 old, 2 active')
    const [now] = (await store.pipeline([['KEYS', `tm:{${source.name}*`]])) as [Buffer[]]
    await store.pipeline(now.map((key) => ['UNLINK', key]))
    await store.pipeline(keys.map((key, at) => ['RESTORE', key, 0, dumps[at]!]))
    await send(source, 10, 20)
    await standsWith(source, '1 old, 2 active')
    expect(await counted(edited(source), 2)).toBe(20)
    expect(after.crashes).toEqual([])
    expect(after.lines.filter((line) => /HALTED|WAITS/.test(line))).toEqual([])
  })

  test('another topic takes over once it is counted, however short it is and however few its partitions', async () => {
    const source = fresh()
    const before = await start(source)
    await send(source, 0, 40)
    await expect.poll(() => counted(source), patience).toBe(40)
    await stop(before)
    const moved: Source = { ...source, topic: `${source.topic}-moved` }
    await admin.createTopic(moved.topic, 1)
    await send(moved, 0, 4, 1)
    await start(moved)
    await standsWith(moved, '1 old, 2 active')
    expect((await catalogOf(moved))!.partitions).toBe(1)
    expect(await counted(moved, 2)).toBe(4)
  })

  test('one that was superseded waits, says so, and counts again when its file is written or a person says so', async () => {
    const source = fresh()
    const old = await start(source, { fileMs: 5 })
    await send(source, 0, 10)
    await expect.poll(() => counted(source), patience).toBe(10)
    const young = await start(edited(source), { fileMs: 3 })
    await expect.poll(() => old.running.waiting(), patience).toContain('was superseded')
    await standsWith(source, '1 old, 2 active')
    await stop(old)
    const again = await start(source, { fileMs: 5 }) // its supervisor starts it again
    expect(again.running.waiting()).toContain('--take-over')
    expect(again.lines.join('\n')).toContain('WAITS')
    await send(source, 10, 20)
    await expect.poll(() => counted(edited(source), 2), patience).toBe(20)
    expect(states(await catalogOf(source))).toBe('1 old, 2 active')
    await start(source, { fileMs: 5, takeOver: true })
    await standsWith(source, '1 active, 2 old')
    await expect
      .poll(() => [again.running.waiting(), young.running.waiting() === null], patience)
      .toEqual([null, false])
    await expect.poll(() => counted(source), patience).toBe(20)
  })
})
