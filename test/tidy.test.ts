import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { codesAreMade } from './tidy/codes.ts'
import type { Tree } from './tidy/imports.ts'
import { rules } from './tidy/rules.ts'

const root = join(import.meta.dirname, '..')
const notOurs =
  /^(node_modules|dist(\..*)?|\.git|\.tidemark|\.cache|~)$|^test\/screenshots$|^package-lock\.json$/
const BYTES_MAX = 512 * 1024

function read(folder: string): [string, string][] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (notOurs.test(path) || /\.(png|ico|woff2?|gz|bin|log|tsbuildinfo)$/.test(path)) return []
    if (entry.isDirectory())
      return entry.name === 'node_modules' || entry.name === '__pycache__' ? [] : read(path)
    return entry.isFile() && statSync(join(root, path)).size <= BYTES_MAX
      ? [[path, readFileSync(join(root, path), 'utf8')]]
      : []
  })
}

describe('the tree is tidy', () => {
  const tree: Tree = new Map(read(''))
  test.each(Object.entries(rules))('%s', (_, rule) => expect(rule(tree)).toEqual([]))
})

test('every mutant finds the statement that it breaks', () => {
  const { stdout } = spawnSync(process.execPath, [join(root, 'test/campaign/mutants.mjs'), '--list'], {
    encoding: 'utf8',
  })
  expect(stdout).toMatch(/^\d+ passed, 0 failed, 0 skipped\n$/)
})

describe('a tidy rule sees what breaks it', () => {
  const tidy: Record<string, string> = {
    'model/a.ts': "import type { B } from './b.ts'\nexport const many: B = Number(1) // any number\n",
    'model/b.ts':
      "/** console.log is not code here, nor process.env. */\nexport type B = number\nconst SAID = 'as any'\n",
    'log/kafka.ts': "import { Kafka } from 'kafkajs'\n",
    'store/connection/client.ts':
      "import { Redis } from 'ioredis'\nimport { many } from '../../model/a.ts'\n",
    'store/calls/apply.ts': "import '../connection/client.ts'\n",
    'store/lua/apply.lua':
      '-- Applies one batch.\n-- KEYS 1 pos\n-- ARGV 1 base\n-- REPLY 1\nlocal pos = KEYS[1]\n',
    'query-api/wire.ts': 'export type W = 1\n',
    'query-api/server.ts':
      "import type { W } from './wire.ts'\nimport '../store/calls/apply.ts'\nimport '../log/kafka.ts'\n",
    'dashboard/chart.ts': "import uPlot from 'uplot'\nimport type { W } from '../query-api/wire.ts'\n",
    'dashboard/main.ts': "import './chart.ts'\n",
    'cli/serve-config.ts': "export const port = process.env['PORT']\n",
    'cli/main.ts': "import './serve-config.ts'\nawait import('../query-api/server.ts')\n",
    'test/x.test.ts': "import '../cli/main.ts'\nconst port = process.env['PORT']\n",
  }
  const broken: [rule: string, file: string, text: string][] = [
    [
      'every connection to a store has a listener for its errors',
      'test/x.test.ts',
      `import { Redis } from 'ioredis'\nconst one = new ${'Redis'}(6379)\none.on('ready', () => {})\n`,
    ],
    ['imports run only downwards', 'model/a.ts', "import '../store/calls/apply.ts'\n"],
    ['imports run only downwards', 'store/calls/apply.ts', "export { x } from '../../log/kafka.ts'\n"],
    ['imports run only downwards', 'query-api/server.ts', "import type { I } from '../ingest/loop.ts'\n"],
    ['imports run only downwards', 'query-api/server.ts', "await import('../embedded/broker.ts')\n"],
    ['imports run only downwards', 'dashboard/chart.ts', "import { W } from '../query-api/wire.ts'\n"],
    ['imports run only downwards', 'dashboard/chart.ts', "import type { W } from '../query-api/server.ts'\n"],
    ['no circles, type imports included', 'model/b.ts', "import type { many } from './a.ts'\n"],
    ['each dependency is imported in one place', 'ingest/loop.ts', "import { Kafka } from 'kafkajs'\n"],
    ['each dependency is imported in one place', 'store/read.ts', "import type { Redis } from 'ioredis'\n"],
    [
      'each dependency is imported in one place',
      'store/read.ts',
      "const parser = require('ioredis/built/x.js')\n",
    ],
    ['each dependency is imported in one place', 'dashboard/spark.ts', "import uPlot from 'uplot'\n"],
    ['no any', 'model/b.ts', 'export const x: any = 1\n'],
    ['no any', 'model/b.ts', 'export const x = y as any\n'],
    ['no any', 'model/b.ts', 'export const x: Map<string, any> = y\n'],
    ['no any', 'model/b.ts', 'export const x = (y: any[]) => 1\n'],
    ['nobody silences the compiler', 'model/b.ts', `// @ts-${'ignore'}\n`],
    ['no stray console', 'model/b.ts', "console.log('here')\n"],
    ['the environment is read in config files', 'cli/main.ts', 'const port = process.env.PORT\n'],
    [
      'every Lua function has its contract and its twin',
      'store/lua/apply.lua',
      '-- Lands.\n-- KEYS\n-- ARGV\nlocal x = 1\n-- REPLY\n',
    ],
    [
      'every Lua function has its contract and its twin',
      'store/lua/lonely.lua',
      '-- KEYS\n-- ARGV\n-- REPLY\n',
    ],
    ['files are small', 'model/b.ts', 'x\n'.repeat(301)],
    ['fixed values are named in capitals', 'model/b.ts', 'export const most = 1024 * 1024\n'],
    ['fixed values are named in capitals', 'test/x.test.ts', "const name = 'clicks'\n"],
    ['inner folders import by the table', 'cli/args/flags.ts', "import '../commands/up.ts'\n"],
    ['inner folders import by the table', 'cli/attic/old.ts', "import '../args/flags.ts'\n"],
    ['no orphans', 'model/forgotten.ts', 'export const x = 1\n'],
    ['tests that docs name are there', 'docs/x.md', 'see `node test/campaign/gone.mjs --short`\n'],
    ['commands that docs name are there', 'docs/x.md', 'type `tidemark fold`\n'],
    ['commands that docs name are there', 'docs/x.md', 'tidemark store mend --data DIR\n'],
    ['nothing names a workplace', 'docs/x.md', `see /${'work'}/x\n`],
    ['nothing names a workplace', 'package.json', `"https://registry${'.npmjs'}.org/x"\n`],
  ]

  test('and nothing else', () => {
    for (const [name, rule] of Object.entries(rules))
      if (!name.startsWith('a test makes')) expect(rule(new Map(Object.entries(tidy)))).toEqual([])
  })

  test.each(broken)('%s: %s', (rule, file, text) => {
    const faults = rules[rule]!(new Map(Object.entries({ ...tidy, [file]: text })))
    expect(faults.join('\n')).toContain(file)
  })
})

describe('a code that users see', () => {
  const lists = { halts: /^test\/ingest\// }
  const code =
    "// codes that users see: halts\nconst kinds = { LOG_GONE: { way: 'skip' }, torn: {} } as const\n"
  const faults = (text: string, tests: Record<string, string>) =>
    codesAreMade(new Map(Object.entries({ 'ingest/halt.ts': text, ...tests })), lists)

  test('is made by a test of its room, and not only named in a comment', () => {
    const made = { 'test/ingest/halt.test.ts': "expect(code).toBe('LOG_GONE')\nexpect(state).toBe('torn')\n" }
    expect(faults(code, made)).toEqual([])
    expect(faults(code, { 'test/ingest/halt.test.ts': '// LOG_GONE and torn\n' })).toHaveLength(2)
    expect(faults(code, { 'test/cli/halt.test.ts': made['test/ingest/halt.test.ts'] })).toHaveLength(2)
  })

  test('is in a list that is marked once', () => {
    expect(faults('const kinds = {}\n', {})).toEqual([expect.stringContaining('codes that users see: halts')])
    expect(faults('// codes that users see: halts\nconst kinds = 1\n', {})).toHaveLength(1)
  })
})
