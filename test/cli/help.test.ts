/** Each command tells, in the same form, what it is, how it is called, and how it ends. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../../cli/commands')
/** Texts of help, without what else stands in their files; the lists of commands and of acts tell how those end. */
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
)
const helps = files.flatMap((file) => {
  const text = readFileSync(join(folder, file), 'utf8')
  const [, help] = /[hH]elp = `(.*?)`(?=;?\n)/s.exec(text) ?? []
  return help === undefined || file === 'store.ts' ? [] : [[file, help] as const]
})

test('there are such texts', () => expect(helps.length).toBeGreaterThan(24))
test.each(helps)('%s', (_, help) => {
  const [first] = help.split('\n')
  expect(first).toMatch(/^tidemark ([a-z-]+ ?)+: \S/)
  expect(help).toMatch(/^usage: tidemark /m)
  expect(help).toMatch(/^exit codes: |\$\{EXIT_HELP\}/m)
})
