/** docs/operations.md knows every halt, variable, exit code and metric that it speaks of, and the code knows them too. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitCodes } from '../../cli/args/exit.ts'
import { readIngestConfig } from '../../cli/commands/ingest-config.ts'
import { readServeConfig } from '../../cli/commands/serve-config.ts'

const read = (file: string): string => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
const manual = read('docs/operations.md')

test('every halt has its row', () => {
  const codes = [...read('ingest/halt.ts').matchAll(/^ {2}([A-Z_]+): \{\s+says/gm)].map(([, code]) => code!)
  expect(codes.length).toBeGreaterThan(4)
  for (const code of codes) expect(manual).toMatch(new RegExp(`^\\| \`${code}\` \\|`, 'm'))
})

test('every variable that ingest and serve read is in the table, and no other', () => {
  const asked = new Set<string>()
  const env = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get(_, name) {
        asked.add(String(name))
        return name === 'TIDEMARK_METRICS_PORT' ? '9464' : undefined
      },
    },
  )
  readIngestConfig([], env)
  readServeConfig([], env)
  const table = manual.slice(manual.indexOf('| Variable |'), manual.indexOf('Give ingest and serve'))
  const written = new Set([...table.matchAll(/`(TIDEMARK_\w+)`/g)].map(([, name]) => name!))
  expect([...asked].filter((name) => name.startsWith('TIDEMARK_') && !written.has(name))).toEqual([])
  const more = [...written].filter((name) => !asked.has(name))
  expect(more).toEqual([])
})

test('every exit code is told', () => {
  const paragraph = /\*\*Exit codes\.\*\*[^]*?\n\n/.exec(manual)![0]
  for (const code of Object.values(exitCodes)) expect(paragraph).toMatch(new RegExp(`\\b${code}\\b`))
})

test('every metric it names is one', () => {
  const declared = read('docs/metrics.md')
  const named = [...new Set([...manual.matchAll(/tidemark_[a-z_]+/g)].map(([name]) => name))]
  expect(named.length).toBeGreaterThan(10)
  for (const name of named) expect(declared).toMatch(new RegExp(`^\\| \`${name}\``, 'm'))
})

test('its links lead somewhere', () => {
  const headings = [...manual.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text!
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
  for (const [, anchor] of manual.matchAll(/\]\(#([\w-]+)\)/g)) expect(headings).toContain(anchor)
  for (const [, anchor] of read('docs/metrics.md').matchAll(/\]\(operations\.md#([\w-]+)\)/g))
    expect(headings).toContain(anchor)
})
