import { chmodSync, lstatSync, readdirSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { needs } from '../harness/needs.ts'
import { LIMIT_MS, countsBeyond, isChild, left, scratch, start, until, welcomed } from './running-up.ts'

const { describe, test } = needs('store')

describe('tidemark up', { timeout: 3 * LIMIT_MS }, () => {
  test('starts a killed worker and a killed store again, and counts on', async () => {
    const data = join(scratch, 'killed')
    const up = await start(data)
    await welcomed(up)
    for (const [name, file] of [
      ['store-server', 'store'],
      ['ingest', '--session-timeout-ms'],
    ] as const) {
      const before = await countsBeyond(up, 0)
      const pid = readdirSync('/proc').find(
        (entry) => /^\d+$/.test(entry) && isChild(entry, up.process.pid!, name),
      )
      expect(pid, `the process of ${name} (${file})`).toBeDefined()
      // The worker leaves the processor to those who ask; the store they all wait for does not.
      expect(getPriority(Number(pid)) - getPriority()).toBe(name === 'ingest' ? 5 : 0)
      process.kill(Number(pid), 'SIGKILL')
      await until(`${name} again`, () => up.said().includes(`${name} is running again`) && true)
      await countsBeyond(up, before)
    }
    up.process.kill('SIGINT')
    expect(await up.ended).toBe(0)
    expect(left(data, up.kafka)).toEqual([])
  })

  test('holds its data directory alone, closed to other users', async () => {
    const data = join(scratch, 'alone')
    const up = await start(data, '--no-demo')
    await welcomed(up)
    // Events of people lie in it, whatever the shell's umask is.
    for (const name of ['.', ...readdirSync(data, { recursive: true, encoding: 'utf8' })]) {
      const path = join(data, name)
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found !== undefined && !found.isSocket())
        expect(`${name} ${(found.mode & 0o777).toString(8)}`).toMatch(/ [1-7]00$/)
    }
    expect(up.said()).not.toContain('others on this machine')
    const second = await start(data, '--no-demo')
    expect(await second.ended).toBe(1)
    expect(second.said()).toMatch(
      /^tidemark: the data folder .* is in use by process \d+; stop that process or choose another folder\.\n$/,
    )
    up.process.kill('SIGINT')
    expect(await up.ended).toBe(0)
    chmodSync(data, 0o755)
    const again = await start(data, '--no-demo')
    await until('the sentence', () => again.said().includes('others on this machine can look into'))
  })

  test('starts nothing when the definition cannot work, and says why with lines', async () => {
    const data = join(scratch, 'wrong')
    const definition = join(scratch, 'wrong.json')
    writeFileSync(definition, '{ "sources": { "orders": {} } }')
    const up = await start(data, '--definition', definition)
    expect(await up.ended).toBe(78)
    expect(up.said()).toMatch(
      /^tidemark: .*wrong\.json: the definition has 6 faults:\n {2}line 1, column 1: keep: missing; it takes /,
    )
    expect(left(data, up.kafka)).toEqual([])
  })

  test('stops everything with one sentence when a part cannot work', async () => {
    const data = join(scratch, 'hopeless')
    process.env['TIDEMARK_READY_LAG_MS'] = 'soon'
    const up = await start(data).finally(() => delete process.env['TIDEMARK_READY_LAG_MS'])
    expect(await up.ended).toBeGreaterThan(0)
    expect(up.said()).toMatch(/^tidemark cannot run\. ingest: TIDEMARK_READY_LAG_MS=soon: write /m)
    expect(left(data, up.kafka)).toEqual([])
  })
})
