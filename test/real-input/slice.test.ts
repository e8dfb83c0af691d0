import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect } from 'vitest'
import { needs } from '../harness/needs.ts'

const { test } = needs('store', 'python3')
const root = resolve(import.meta.dirname, '../..')

test('real sensor and web data, a slice of it: replayed twice, and the recount agrees', {
  timeout: 150_000,
}, async () => {
  const child = spawn(process.execPath, ['test/campaign/real-input.mjs', '--slice', '--no-days'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes))
  const [code] = (await once(child, 'close')) as [number]
  expect(said).toContain('2 passed, 0 failed, 0 skipped')
  expect(code).toBe(0)
})
