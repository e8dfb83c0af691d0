/** Tables beside a definition file: found there, part of when it was written. */
import { copyFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { definitionFileMs, readSources, tableFiles } from '../../cli/args/definition.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-tables-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const examples = join(import.meta.dirname, '../../examples')
for (const name of ['campaigns.yaml', 'campaigns.csv'])
  copyFileSync(join(examples, name), join(scratch, name))
const [file, table] = [join(scratch, 'campaigns.yaml'), join(scratch, 'campaigns.csv')]

test('a table lies beside the definition that names it, wherever that is read from', () => {
  expect(readSources(file)[0]!.lookups).toEqual([
    {
      name: 'campaigns',
      columns: ['name'],
      rows: [
        ['spring26', 'Spring sale'],
        ['yt-01', 'Unboxing video'],
        ['yt-02', 'Unboxing video'],
      ],
    },
  ])
  expect(tableFiles(file)).toEqual([table])
})

test('a definition is as young as the youngest of its files: a table that was written brings it back', () => {
  utimesSync(file, 1000, 1000)
  utimesSync(table, 2000, 2000)
  expect(definitionFileMs(file)).toBe(2_000_000)
  utimesSync(file, 3000, 3000)
  expect(definitionFileMs(file)).toBe(3_000_000)
})

test('what is wrong with a table is said with its line, and with that of the definition', () => {
  writeFileSync(table, 'code,name\na,A\nb,B\na,C\n')
  expect(() => readSources(file)).toThrow(
    /campaigns\.yaml: .*\n {2}line 4, column \d+: lookups\.campaigns\.file: campaigns\.csv: line 4: code "a" stands in line 2 already; each key stands once/,
  )
  rmSync(table)
  expect(() => readSources(file)).toThrow('campaigns.csv: there is no such file')
})
