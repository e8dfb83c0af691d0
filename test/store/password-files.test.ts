/** Where passwords of users are kept: folders that take none end in one sentence, not in a wait without end. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run } from '../../cli/commands/store/users.ts'
import { passwordFile, writePasswordFile } from '../../store/users/passwords.ts'

test.each(['/proc/x', '/proc/x/y', '/dev/null', '/dev/null/x'])(
  'passwords in %s are refused',
  async (folder) => {
    await expect(run(['--passwords', folder])).rejects.toThrow(
      `--passwords ${folder}: no password can be kept`,
    )
  },
)

test('a folder of several that are not there is made for its owner alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tm-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = passwordFile(join(folder, 'a/b'), 'serve')
  writePasswordFile(file, 'secret')
  expect(readFileSync(file, 'utf8')).toBe('secret\n')
  expect([join(folder, 'a'), join(folder, 'a/b')].map((one) => statSync(one).mode & 0o777)).toEqual([
    0o700, 0o700,
  ])
})
