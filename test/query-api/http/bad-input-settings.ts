/** The rows of docs/bad-input.md about settings. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSources } from '../../../cli/args/definition.ts'
import { CommandError } from '../../../cli/args/exit.ts'
import { claimDataDirectory } from '../../../cli/up/data-lock.ts'
import { readIngestConfig } from '../../../cli/commands/ingest-config.ts'
import { readServeConfig } from '../../../cli/commands/serve-config.ts'
import { row, type Row, type Section } from './bad-input-table.ts'

export function settings(): Section {
  const exit =
    (work: () => unknown): Row['does'] =>
    async () => {
      try {
        work()
        return 'taken'
      } catch (error) {
        if (error instanceof CommandError && error.message.length > 10) return `exit ${error.exitCode}`
        throw error
      }
    }
  const file =
    (text: string | Buffer): Row['does'] =>
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'tidemark-bad-'))
      writeFileSync(join(dir, 'tidemark.yaml'), text)
      const code = await exit(() => readSources(join(dir, 'tidemark.yaml')))()
      rmSync(dir, { recursive: true })
      return code
    }
  const serve = (argv: string[], env: NodeJS.ProcessEnv = {}): Row['does'] =>
    exit(() => readServeConfig(argv, { TIDEMARK_DEFINITION: 'shipped', ...env }))
  const ingest = (argv: string[], env: NodeJS.ProcessEnv = {}): Row['does'] =>
    exit(() => readIngestConfig(argv, { TIDEMARK_DEFINITION: 'shipped', ...env }))
  const yaml = (more: string, keep = '{ 1m: 2d }'): string =>
    `sources:\n  a:\n    topic: a\n    key: k\n    time: ts\n    fields: { k: string }\n    metrics: { events: count }\n${more}\nkeep: ${keep}\n`

  return {
    title: 'Settings',
    says: 'The definition file, flags and variables. A file is told all its faults at once, each with its line; a process that cannot work ends before it touches anything.',
    rows: [
      row(
        'a definition file that is missing',
        'says so',
        'exit 78',
        exit(() => readSources('/nowhere/tidemark.yaml')),
      ),
      row(
        'a folder in its place',
        'names the folder',
        'exit 78',
        exit(() => readSources(tmpdir())),
      ),
      row('an empty file, or comments only', 'it needs sources and keep', 'exit 78', file('# nothing\n')),
      row('bytes that are no text', 'save it as UTF-8', 'exit 78', file(Buffer.from([0xff, 0xfe, 0x00]))),
      row('broken YAML', 'the line', 'exit 78', file('sources: [')),
      row(
        'aliases that multiply',
        'refused',
        'exit 78',
        file(`a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [${'*a,'.repeat(60)}*a]\nc: [${'*b,'.repeat(60)}*b]\n`),
      ),
      row('an unknown key', 'the nearest known one', 'exit 78', file(yaml('    fileds: {}'))),
      row('a wrong type', 'what is expected', 'exit 78', file(yaml('    budget: many'))),
      row('a number out of its bounds', 'the bounds', 'exit 78', file(yaml('    budget: -1'))),
      row(
        'a metric of a field that is not there',
        'names the fields',
        'exit 78',
        file(yaml('    breakdowns: [nothing]')),
      ),
      row(
        '`keep` shorter than its interval',
        'a window would be gone before it is whole',
        'exit 78',
        file(yaml('', '{ 1h: 30m }')),
      ),
      row('an interval that does not divide a day', 'refused', 'exit 78', file(yaml('', '{ 7m: 2d }'))),
      row(
        'a measure that there is not (`medians`)',
        'names those there are',
        'exit 78',
        file(yaml('').replace('events: count', 'who: { medians: k }')),
      ),
      row(
        'a variable that is set to nothing, or to blanks',
        'as if it were not set',
        'taken',
        serve([], { TIDEMARK_PORT: '', TIDEMARK_STORE: ' ' }),
      ),
      row(
        '`TIDEMARK_KAFKA_TLS=ja`',
        'neither 1, true, yes, on nor 0, false, no, off',
        'exit 78',
        serve([], { TIDEMARK_KAFKA_TLS: 'ja' }),
      ),
      row('port 70000, -1, 0x10, `x`', 'the bounds', 'exit 2', serve(['--port', '0x10'])),
      row('an unknown flag', 'the nearest known one', 'exit 2', serve(['--prot', '1'])),
      row('a flag without its value, or twice with two', 'says so', 'exit 2', serve(['--port'])),
      row(
        'a public address without access keys',
        'refused, unless `--open` says that the network is trusted',
        'exit 78',
        serve(['--host', '0.0.0.0']),
      ),
      row(
        'a public address for the metrics of ingest',
        'the same',
        'exit 78',
        ingest(['--metrics-port', '9464', '--metrics-host', '0.0.0.0']),
      ),
      row(
        'a public name with a scheme, a port or a path',
        'a name alone',
        'exit 78',
        serve(['--public-name', 'https://stats.example.org']),
      ),
      row(
        'an origin that is none, or `*`',
        'an origin such as https://shop.example',
        'exit 78',
        serve(['--allow-origin', '*']),
      ),
      row(
        'a proxy that is no address',
        'an address or a network',
        'exit 78',
        serve(['--trusted-proxy', '10.0.0.0/33']),
      ),
      row(
        'a pipe in place of a definition, to which nobody writes',
        'waited for 4 s (here: 0.2 s)',
        'exit 78',
        exit(() => {
          const dir = mkdtempSync(join(tmpdir(), 'tidemark-bad-'))
          execFileSync('mkfifo', [join(dir, 'pipe')])
          try {
            readSources(join(dir, 'pipe'), 200)
          } finally {
            rmSync(dir, { recursive: true })
          }
        }),
      ),
      row(
        'a data folder that is a file, read-only, full, in `/proc`, of another user',
        'one sentence says why',
        'exit 78',
        async () => {
          const unusable = await claimDataDirectory('/dev/null').catch((error: unknown) => error)
          return exit(() => {
            throw unusable
          })()
        },
      ),
      row(
        'a TLS file that is absent, or no certificate',
        'names the file',
        'exit 78',
        ingest(['--kafka-ca', '/nowhere/ca.pem']),
      ),
      row(
        'a user without a mechanism, a mechanism without a password',
        'says what is missing',
        'exit 78',
        ingest(['--kafka-user', 'me']),
      ),
      row(
        'a broker that is no address',
        'the form that is expected',
        'exit 2',
        ingest(['--kafka', 'nowhere:99999']),
      ),
    ],
  }
}
