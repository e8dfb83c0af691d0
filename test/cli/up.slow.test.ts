import { join } from 'node:path'
import { expect } from 'vitest'
import { needs } from '../harness/needs.ts'
import { LIMIT_MS, counted, countsBeyond, left, scratch, start, until, welcomed } from './running-up.ts'

const { describe, test } = needs('store')

describe('tidemark up', { timeout: 3 * LIMIT_MS }, () => {
  test('counts, drains at Ctrl-C (which npm doubles), leaves nobody, and goes on at the next start', async () => {
    const data = join(scratch, 'on')
    const first = await start(data)
    await welcomed(first)
    const before = await countsBeyond(first, 0)
    first.process.kill('SIGINT')
    first.process.kill('SIGINT')
    expect(await first.ended).toBe(0)
    expect(first.said()).toMatch(/stopping simulate, ingest, serve, store-server, broker/)
    expect(left(data, first.kafka)).toEqual([])
    const next = await start(data, '--no-demo')
    await welcomed(next)
    expect(await until('an answer', async () => (await counted(next)) || false)).toBeGreaterThanOrEqual(
      before,
    )
    next.process.kill('SIGTERM')
    expect(await next.ended).toBe(0)
  })

  test('leaves nobody behind when it is itself killed', async () => {
    const data = join(scratch, 'murdered')
    const up = await start(data)
    await welcomed(up)
    up.process.kill('SIGKILL')
    await up.ended
    await until('everybody gone', () => left(data, up.kafka).length === 0 && true)
  })
})
