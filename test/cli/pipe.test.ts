import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readSources } from '../../cli/args/definition.ts'
import { CommandError, exitCodes } from '../../cli/args/exit.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidemark-pipe-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const pipe = (name: string): string => {
  const path = join(folder, name)
  execFileSync('mkfifo', [path])
  return path
}
const DEFINITION =
  'sources: { a: { topic: a, key: k, time: ts, fields: { k: string }, metrics: { events: count } } }\nkeep: { 1m: 2d }\n'

test('a pipe that nobody writes to ends with a sentence', { timeout: 30_000 }, () => {
  const began = performance.now()
  expect(() => readSources(pipe('silent'))).toThrow(
    new CommandError(
      `${join(folder, 'silent')}: nothing was written to it within 4 s; write the definition to it, or name a file`,
      exitCodes.config,
    ),
  )
  expect(performance.now() - began).toBeGreaterThan(3900)
})

test('nor one whose writer stops in the middle, or never begins', { timeout: 30_000 }, () => {
  for (const [name, writes] of [
    ['half', 'sources:'],
    ['mute', ''],
  ] as const) {
    const path = pipe(name)
    const writer = spawn('sh', ['-c', `exec 3>"$0"; printf %s "$1" >&3; sleep 20`, path, writes])
    try {
      expect(() => readSources(path, 500)).toThrow(/nothing (more )?was written to it within 0.5 s/)
    } finally {
      writer.kill()
    }
  }
})

test('one that is written to late, and in pieces, is read', { timeout: 30_000 }, () => {
  const path = pipe('slow')
  spawn('sh', [
    '-c',
    `sleep 0.3; exec 3>"$0"; printf %s "$1" >&3; sleep 0.3; printf %s "$2" >&3`,
    path,
    DEFINITION.slice(0, 30),
    DEFINITION.slice(30),
  ])
  expect(readSources(path).map(({ name }) => name)).toEqual(['a'])
})

test('what has neither bytes nor an end', { timeout: 30_000 }, () => {
  expect(() => readSources('/dev/zero')).toThrow(CommandError)
  expect(() => readSources('/dev/null')).toThrow(CommandError)
})
