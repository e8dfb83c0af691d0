/** What the page tells people to send is run through the code that judges it. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  curlCode,
  exampleText,
  kafkajsCode,
  kcatCode,
  keyIn,
  type Code,
} from '../../dashboard/panels/example.ts'
import { compileAdmission } from '../../ingest/collector/admit.ts'
import { compileDecoder } from '../../model/decode/decode.ts'
import { readDefinition, readDefinitionText } from '../../model/definition/file.ts'
import type { Source } from '../../model/definition.ts'
import { shipped } from '../../model/shipped.ts'
import { catalogOf } from '../../query-api/service/catalog.ts'

const nowMs = Date.UTC(2026, 10, 27, 12, 0, 0, 250)
const own = (fields: object, more: object = {}): Source[] =>
  readDefinition({
    sources: {
      things: {
        topic: 'the-things',
        key: 'id',
        time: 'ts',
        fields: { id: 'string', ...fields },
        metrics: { events: 'count' },
        ...more,
      },
    },
    keep: { '1m': '2d' },
  })

const definitions: [string, Source[]][] = [
  ['the shipped one', readDefinition(shipped)],
  ['examples/orders.yaml', readDefinitionText(readFileSync('examples/orders.yaml'))],
  [
    'examples/campaigns.yaml, with fields that stand in no event',
    readDefinitionText(readFileSync('examples/campaigns.yaml'), (name) => readFileSync(`examples/${name}`)),
  ],
  ['the least of the docs: the time is a field too', own({ ts: 'string' })],
  ['the time is a number field', own({ ts: 'number', value: 'number' })],
  ['the time is an optional number field', own({ ts: 'number?' })],
  [
    'the time lies inside',
    own(
      { ts: { type: 'string', from: 'meta.placed' }, note: { type: 'string', from: 'meta.note' } },
      { time: 'meta.placed' },
    ),
  ],
  ['a flag that must be there', own({ bot: 'boolean', status: { type: 'string', accept: 'number' } })],
  ['names with dots and quotes', own({ name: { type: 'string', from: String.raw`it's\.so.say "so"` } })],
  [
    'an optional field stands where another one is inside of it',
    own(
      { place: 'string?', country: { type: 'string?', from: 'place.country' } },
      { breakdowns: ['place', 'country'] },
    ),
  ],
  ['a field called as no object likes it', own({ proto: { type: 'string', from: '__proto__.constructor' } })],
  [
    'another clicks than the shipped ones',
    readDefinition({
      sources: {
        clicks: {
          topic: 'c',
          key: 'path',
          time: 'at',
          fields: { path: 'string', type: 'number', value: 'string', country: 'string?' },
          breakdowns: ['country'],
          metrics: { n: 'count' },
        },
      },
      keep: { '1m': '2d' },
    }),
  ],
  [
    'all fields optional',
    own(
      { value: 'number?', unit: 'string?', device: 'number?' },
      { metrics: { value: { stats: 'value', decimals: 2 } } },
    ),
  ],
]

const text = (code: Code): string => code.map((part) => (typeof part === 'string' ? part : part.s)).join('')
/** What a command line hands over, as a shell understands it. */
const asShell = (command: string): string =>
  execFileSync(
    'sh',
    ['-c', `curl() { for last; do :; done; printf %s "$last"; }\nkcat() { cat; }\n${command}`],
    { encoding: 'utf8' },
  )

describe.each(definitions)('%s', (_name, sources) => {
  const all = catalogOf({
    open: sources.map((source) => ({
      source,
      generation: 1,
      def: '0123456789',
      partitions: [],
      generations: [],
      filling: null,
      damaged: [],
    })),
    damaged: [],
  } as unknown as Parameters<typeof catalogOf>[0]).sources
  test.each(all.map((one, i) => [one.source, one, sources[i]!] as const))(
    'the example of %s is taken',
    (_source, described, source) => {
      const admit = compileAdmission(source)
      const item = (text: string) => ({ value: JSON.parse(text) as unknown, text })
      for (const dated of [false, true])
        expect(admit(item(exampleText(described, nowMs, dated)), nowMs)).toHaveProperty('value')
      const body = asShell(text(curlCode(described, 'http://127.0.0.1:1', nowMs)))
      expect(admit(item(body), nowMs)).toHaveProperty('value')

      const decode = compileDecoder(source)
      const [key, ...rest] = asShell(text(kcatCode(described, '127.0.0.1:1', nowMs)))
        .trimEnd()
        .split('|')
      const found = decode(Buffer.from(rest.join('|')), nowMs)
      expect(found).toMatchObject({ events: [{ timeMs: nowMs }] })
      const at = source.fields.findIndex(({ name }) => name === source.key)
      expect([key, keyIn(described)]).toEqual(
        Array.from({ length: 2 }, () => ('events' in found ? found.events[0]!.values[at] : undefined)),
      )
      expect(text(kafkajsCode(described, '127.0.0.1:1', nowMs))).toContain(`topic: '${source.topic}'`)
    },
  )
})
