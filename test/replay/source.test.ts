import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { mappingSchema, type MappingFile } from '../../ingest/replay/mapping.ts'
import { presets } from '../../ingest/replay/presets.ts'
import { replay } from '../../ingest/replay/replay.ts'
import { replayItems, type ReplayItem, type SourceOptions } from '../../ingest/replay/source.ts'
import { compileDecoder } from '../../model/decode/decode.ts'
import { readDefinition } from '../../model/definition/file.ts'
import { shipped } from '../../model/shipped.ts'

const fixtures = join(import.meta.dirname, '../fixtures')
const nabNames = [
  'ambient_temperature_system_failure',
  'ec2_cpu_utilization_24ae8d',
  'machine_temperature_system_failure',
]
const nabFiles = nabNames.map((name) => join(fixtures, 'nab', `${name}.csv`))
const weblog = join(fixtures, 'weblog/access.tsv.gz')
const nowMs = Date.UTC(2026, 4, 1, 12)
const folder = mkdtempSync(join(tmpdir(), 'tidemark-replay-'))
afterAll(() => rmSync(folder, { recursive: true }))

function put(name: string, text: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function collect(
  files: string[],
  mapping: MappingFile,
  more: Partial<SourceOptions> = {},
): Promise<ReplayItem[]> {
  const items: ReplayItem[] = []
  const options: SourceOptions = {
    files,
    mapping: mappingSchema.parse(mapping),
    shift: 'none',
    nowMs,
    sort: false,
    reorderRows: 1_000,
    onFault: 'stop',
    ...more,
  }
  for await (const item of replayItems(options)) items.push(item)
  return items
}
const eventOf = ({ value }: ReplayItem) => JSON.parse(value) as Record<string, unknown>

/** The rows of the NAB slices, read as plainly as can be. */
const nabRows = nabNames.flatMap((device, file) =>
  readFileSync(nabFiles[file]!, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [at, value] = line.split(',')
      return { device, file, ts: `${at!.replace(' ', 'T')}.000Z`, value: Number(value) }
    }),
)

describe('NAB', () => {
  test('three files become one stream by time, every row of them, as the worker accepts it', async () => {
    const items = await collect(nabFiles, presets.nab)
    expect(items.map(({ timeMs }) => timeMs)).toEqual(
      items.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b),
    )
    const plain = ({ device, ts, value }: Record<string, unknown>) =>
      `${String(device)} ${String(ts)} ${String(value)}`
    expect(items.map((item) => plain(eventOf(item))).toSorted()).toEqual(nabRows.map(plain).toSorted())
    expect(eventOf(items[0]!)).toEqual({
      ts: '2013-07-04T00:00:00.000Z',
      device: nabNames[0],
      site: 'ambient',
      signal: 'temperature_system_failure',
      value: 69.88083514,
    })
    const decode = compileDecoder(readDefinition(shipped).find(({ name }) => name === 'readings')!)
    for (const item of items) {
      expect(decode(Buffer.from(item.value), nowMs)).toHaveProperty('events')
      expect(item.key).toBe(eventOf(item)['device'])
    }
  })

  test('the hour that comes twice is put in order by the window, by --sort, and not at all without either', async () => {
    const isOrdered = (items: ReplayItem[]) =>
      items.every(({ timeMs }, at) => at === 0 || items[at - 1]!.timeMs <= timeMs)
    const file = nabFiles.slice(2)
    expect(isOrdered(await collect(file, presets.nab))).toBe(true)
    expect(isOrdered(await collect(file, presets.nab, { sort: true, reorderRows: 0 }))).toBe(true)
    const raw = await collect(file, presets.nab, { reorderRows: 0 })
    expect(isOrdered(raw)).toBe(false)
    const summary = await replay(arrayStream(raw), { ...fast, files: file })
    expect(summary).toMatchObject({ records: 400, outOfOrder: 11 })
  })

  test('--shift all moves everything alike, --shift each ends every file now', async () => {
    const ends = (items: ReplayItem[]) =>
      nabFiles.map((_, file) =>
        Math.max(...items.filter((item) => item.file === file).map(({ timeMs }) => timeMs)),
      )
    const [none, all, each] = [
      await collect(nabFiles, presets.nab),
      await collect(nabFiles, presets.nab, { shift: 'all' }),
      await collect(nabFiles, presets.nab, { shift: 'each' }),
    ]
    const lastMs = Math.max(...ends(none))
    expect(ends(all)).toEqual(ends(none).map((endMs) => endMs + nowMs - lastMs))
    expect(Math.max(...ends(all))).toBe(nowMs)
    expect(ends(each)).toEqual([nowMs, nowMs, nowMs])
    expect(eventOf(each.at(-1)!)['ts']).toBe('2026-05-01T12:00:00.000Z')
    expect(all.length).toBe(1_200)
  })
})

test('the web log becomes page views, path and referrer as they were', async () => {
  const items = await collect([weblog], presets.weblog)
  const rows = gunzipSync(readFileSync(weblog))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
  expect(items.length).toBe(500)
  expect(
    items
      .map((item) => `${String(eventOf(item)['visitor'])} ${String(eventOf(item)['path'])} ${item.timeMs}`)
      .toSorted(),
  ).toEqual(rows.map(([at, visitor, , path]) => `${visitor} ${path} ${at}`).toSorted())
  expect(eventOf(items[0]!)).toMatchObject({
    type: 'page_view',
    device: expect.stringMatching(/^(bot|desktop|mobile|tablet)$/) as string,
  })
  const decode = compileDecoder(readDefinition(shipped).find(({ name }) => name === 'clicks')!)
  for (const item of items) expect(decode(Buffer.from(item.value), nowMs)).toHaveProperty('events')
})

describe('files', () => {
  const mapping: MappingFile = { time: { column: 't' }, columns: 'all' }
  const t = '2026-05-01T10:00:00Z'

  test('CSV, TSV and NDJSON, plain and gzip, say the same', async () => {
    const csv = `t,a,b\n${t},"x, y",1\n`
    const files = [
      put('one.csv', csv),
      put('two.csv.gz', gzipSync(csv)),
      put('three.tsv', `t\ta\tb\r\n${t}\tx, y\t1\r\n`),
      put('four.ndjson', `\n${JSON.stringify({ t, a: 'x, y', b: '1' })}\n`),
      put('five.gz', Buffer.concat([gzipSync(csv.slice(0, 9)), gzipSync(csv.slice(9))])),
    ]
    for (const file of files)
      expect((await collect([file], mapping)).map(eventOf), file).toEqual([
        { ts: '2026-05-01T10:00:00.000Z', a: 'x, y', b: '1' },
      ])
    expect(
      (await collect([put('bare.csv', `${t},x\n`)], mapping, { columns: ['t', 'a'] })).map(eventOf),
    ).toEqual([{ ts: '2026-05-01T10:00:00.000Z', a: 'x' }])
  })

  test.each([
    ['bad-time.csv', `t,a\n${t},1\nnever,2\n`, /bad-time\.csv:3: column t: "never" is not a time/],
    ['narrow.csv', `t,a\n${t}\n`, /narrow\.csv:2: 1 columns where 2 are named/],
    ['quote.csv', `t,a\n${t},"1\n`, /quote\.csv:2: a quote is never closed/],
    ['twice.csv', 't,t\n', /twice\.csv:1: the header names the column "t" twice/],
    ['other.csv', 'x,y\n1,2\n', /other\.csv:1: there is no column "t"; there are x, y/],
    ['empty.csv', '', /empty\.csv: the file is empty/],
    ['json.ndjson', `{"t":"${t}"}\n{"t":\n`, /json\.ndjson:2: not JSON/],
    ['array.ndjson', '[1]\n', /array\.ndjson:1: every line is one JSON object/],
    ['latin.csv', Buffer.from([0x74, 0x0a, 0xff, 0x0a]), /latin\.csv: the text is not UTF-8/],
    [
      'cut.csv.gz',
      gzipSync(`t\n${`${t}\n`.repeat(5_000)}`).subarray(0, 60),
      /cut\.csv\.gz: the gzip data ends too early/,
    ],
    ['junk.csv.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]), /junk\.csv\.gz: the gzip data is damaged/],
  ])('%s: the error names file and line', async (name, text, says) => {
    await expect(collect([put(name, text)], mapping)).rejects.toThrow(says)
  })

  test('a file that is not there, a folder', async () => {
    await expect(collect([join(folder, 'absent.csv')], mapping)).rejects.toThrow(
      /absent\.csv: there is no such file/,
    )
    await expect(collect([folder], mapping)).rejects.toThrow(/this is a folder/)
  })

  test('bad rows can be left out, and an empty key is one', async () => {
    const file = put('some.csv', `t,k\n${t},a\nnever,b\n${t},\n`)
    const faults: string[] = []
    const items = await collect(
      [file],
      { ...mapping, key: 'k' },
      { onFault: (fault) => void faults.push(fault.message), shift: 'each' },
    )
    expect(items.map(({ key }) => key)).toEqual(['a'])
    expect(faults).toEqual([
      expect.stringContaining('some.csv:3'),
      expect.stringContaining('some.csv:4: the field k'),
    ])
  })
})

const fast = {
  files: [],
  speed: Number.POSITIVE_INFINITY,
  limit: Number.POSITIVE_INFINITY,
  send: async () => true,
  now: () => 0,
  sleep: async () => {},
  stopped: () => false,
}
async function* arrayStream(items: readonly ReplayItem[]): AsyncGenerator<ReplayItem> {
  yield* items
}

describe('pace', () => {
  const items = Array.from(
    { length: 10 },
    (_, at): ReplayItem => ({ timeMs: nowMs + at * 3_600_000, file: 0, key: null, value: String(at) }),
  )
  function clock() {
    let nowIs = 5_000
    const sent: { atMs: number; count: number }[] = []
    return {
      sent,
      now: () => nowIs,
      sleep: async (ms: number) => void (nowIs += ms),
      send: async (batch: readonly ReplayItem[]) =>
        sent.push({ atMs: nowIs - 5_000, count: batch.length }) > 0,
    }
  }

  test('an hour a second at 3600, all at once at max, and long gaps are waited for', async () => {
    const paced = clock()
    await replay(arrayStream(items), { ...fast, ...paced, files: ['f'], speed: 3_600 })
    // Each leaves when the next one has to wait; the last at the end.
    expect(paced.sent).toEqual(items.map((_, at) => ({ atMs: at * 1_000, count: 1 })))
    const max = clock()
    await replay(arrayStream(items), { ...fast, ...max, files: ['f'] })
    expect(max.sent).toEqual([{ atMs: 0, count: 10 }])
    const slow = clock()
    await replay(arrayStream(items), { ...fast, ...slow, files: ['f'], speed: 0.01 })
    expect(slow.sent.at(-1)?.atMs).toBe(9 * 360_000_000)
  })

  test('ends at its limit or when told, and tells what was sent', async () => {
    expect(await replay(arrayStream(items), { ...fast, files: ['f'], limit: 3 })).toMatchObject({
      records: 3,
      files: [{ file: 'f', records: 3 }],
      firstMs: nowMs,
      lastMs: nowMs + 7_200_000,
    })
    expect(await replay(arrayStream(items), { ...fast, files: ['f'], limit: 0 })).toMatchObject({
      records: 0,
    })
    const paced = clock()
    expect(
      await replay(arrayStream(items), {
        ...fast,
        ...paced,
        files: ['f'],
        speed: 3_600,
        stopped: () => paced.now() >= 8_000,
      }),
    ).toMatchObject({ records: 3 })
    expect(
      await replay(arrayStream(items), { ...fast, files: ['f'], send: async () => false }),
    ).toMatchObject({ records: 0 })
  })
})
