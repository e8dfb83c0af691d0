import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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

  test('has nothing to complain of while nothing goes wrong, the upkeep of the store with it', async () => {
    const data = join(scratch, 'quiet')
    const up = await start(data)
    await welcomed(up)
    await countsBeyond(up, 0)
    for (let n = 0; n < 6; n++) {
      await sleep(2000)
      for (const path of [
        'status',
        'store',
        'catalog',
        'top?metric=clicks.visitors',
        'series?metric=clicks.load.p75',
      ])
        expect([path, (await fetch(`${up.url}/v1/${path}`)).status]).toEqual([path, 200])
    }
    up.process.kill('SIGINT')
    expect(await up.ended).toBe(0)
    const logs = join(data, 'logs')
    const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n'))
    expect(lines.some((line) => line.includes('keeper: this process does the upkeep'))).toBe(true)
    expect(lines.filter((line) => /it is tried again|\w+Error\b|failed/.test(line))).toEqual([])
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
