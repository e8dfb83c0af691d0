import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { locate, needs } from '../harness/needs.ts'

const root = join(import.meta.dirname, '../..')

/** Runs some of the recount's own tests, which sit beside it in Python. Answers what unittest said. */
function unittest(
  modules: string[],
  env: Record<string, string> = {},
): { status: number | null; said: string } {
  const run = spawnSync('python3', ['-B', '-m', 'unittest', ...modules], {
    cwd: join(root, 'audit'),
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 100_000,
  })
  return { status: run.status, said: run.stderr }
}

needs('python3').test(
  'the recount: its batches, values and rules, each against results worked out by hand',
  { timeout: 120_000 },
  () => {
    const { status, said } = unittest([
      'test_access',
      'test_api',
      'test_api_facts',
      'test_batches',
      'test_values',
      'test_rules',
      'test_ids',
      'test_facts',
    ])
    expect(said).toMatch(/Ran \d\d tests/)
    expect(status, said).toBe(0)
  },
)

needs('python3', 'store').test(
  'the recount is green over a right store, and red for every single break in it',
  { timeout: 120_000 },
  () => {
    const { status, said } = unittest(['test_recount', 'test_whole'], {
      TIDEMARK_STORE_BIN: locate('store')!,
    })
    expect(said).not.toContain('skipped')
    expect(status, said).toBe(0)
  },
)

const { test } = needs('python3')

function command(argv: string[], path = process.env['PATH']): { status: number | null; said: string } {
  const program = `import { run } from ${JSON.stringify(join(root, 'dist/cli/commands/audit.js'))}\nprocess.exitCode = await run(process.argv.slice(1))`
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program, '--', ...argv],
    { env: { PATH: path }, encoding: 'utf8' },
  )
  return { status, said: stderr }
}

test('tidemark audit passes flags in and the exit code out', () => {
  expect(command(['--log'])).toMatchObject({ status: 64 })
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { status, said } = command(['--log', folder, '--store', '127.0.0.1:1'])
  expect(said).toMatch(/^tidemark audit: cannot reach the store at 127.0.0.1:1/)
  expect(status).toBe(3)
})

test('tidemark audit says so where there is no Python', () => {
  const { status, said } = command([], '/nowhere')
  expect(said).toContain('needs python3')
  expect(status).not.toBe(0)
})
