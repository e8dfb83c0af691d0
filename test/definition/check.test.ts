import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { run } from '../../cli/commands/check.ts'
import { findDefinition, readSources } from '../../cli/args/definition.ts'
import { readUpConfig } from '../../cli/up/up-config.ts'
import { choosePort } from '../../cli/up/ports.ts'
import { sampleEvent } from '../../cli/up/up-output.ts'
import { planChildren } from '../../cli/up/up-plan.ts'
import { definitionSchema, readDefinition, readDefinitionText } from '../../model/definition/file.ts'
import { forecast } from '../../model/forecast.ts'
import { shipped } from '../../model/shipped.ts'

vi.mock('../../cli/up/ports.ts', () => ({ choosePort: vi.fn() }))

const root = join(import.meta.dirname, '../..')
const example = join(root, 'examples/orders.yaml')
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-definition-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function check(...argv: string[]): Promise<string> {
  let said = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((said += String(text)), true))
  try {
    expect(await run(argv)).toBe(0)
  } finally {
    write.mockRestore()
  }
  return said
}

function folder(...files: string[]): string {
  const made = mkdtempSync(join(scratch, 'f-'))
  for (const file of files) writeFileSync(join(made, file), readFileSync(example))
  return made
}

test('the committed JSON Schema is the one that the code makes', async () => {
  const committed = readFileSync(join(root, 'docs/tidemark.schema.json'), 'utf8')
  expect(committed, 'run: tidemark check --schema > docs/tidemark.schema.json').toBe(await check('--schema'))
  expect(JSON.parse(committed)).toEqual(definitionSchema())
})

describe('tidemark check', () => {
  test('says what a definition means and what it may cost', async () => {
    const said = await check(example)
    for (const line of [
      "time      meta.placedAt, at most 1m ahead of Kafka's clock",
      'customer: string, from customer.id',
      'country: string, may be absent, from customer.address.country, else country',
      'paid: count where status is paid or shipped',
      'revenue: sum of amount, 2 decimals where status is not cancelled; ranked by country, channel',
      'keep      1s for 45m, 1m for 2d, 1h for 90d, 1d for ever',
      'budget    1,000 names',
      'entity    each customer: online for 15m, forgotten after 90d, at most 50,000 a partition; latest amount, country by status',
      'counted for 365 days',
      '4 partitions a topic: at most ',
    ])
      expect(said).toContain(line)
    expect(said).toMatch(/^ {4}country\+channel(?: +[\d.]+ MB){5} +- +[\d,]+$/m)
    expect(said).not.toContain('warning')
    expect(await check(example, '--names', '1000', '--partitions', '32')).toMatch(
      /^warning: this is much\. The most is the ranking of orders\.orders by country in 1m: keep 1m for less long/m,
    )
  })

  test('as JSON: the normalised sources and every number of the forecast', async () => {
    const said = JSON.parse(await check(example, '--json', '--names=10', '--partitions=2')) as {
      sources: unknown
      forecast: { bytes: number; perPartition: Record<string, { bytes: number }> }
    }
    expect(said.sources).toEqual(readDefinitionText(readFileSync(example)))
    expect(said.forecast.bytes).toBe(2 * said.forecast.perPartition['orders']!.bytes)
  })

  test.each([
    ['nowhere.yaml', 'there is no such file'],
    ['.', 'this is a folder'],
    ['/dev/zero', 'the file is larger than 1048576 bytes'],
  ])('of %s', async (file, why) => {
    const path = file === '/dev/zero' ? file : join(folder(), file)
    await expect(run([path])).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringContaining(`${path}: `) as string,
    })
    await expect(run([path])).rejects.toThrow(why)
  })

  test('says what it supposes of measures that are as large as their events make them', async () => {
    expect(await check('shipped')).toContain('quantiles: 120 bytes a cell are taken')
    expect(await check(example)).not.toContain('bytes a cell are taken')
  })

  test('wrong usage', async () => {
    await expect(run(['a', 'b'])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('"b" is one word too many') as string,
    })
    await expect(run(['--nmes', '1'])).rejects.toThrow('did you mean --names?')
  })
})

describe('which file', () => {
  test('the one that was named, else the one that is here, else none', () => {
    expect(findDefinition('x.yaml', folder('tidemark.yaml'))).toBe('x.yaml')
    const here = folder('tidemark.yaml')
    expect(findDefinition(undefined, here)).toBe(relative('.', join(here, 'tidemark.yaml')))
    expect(findDefinition(undefined, folder())).toBe(undefined)
    expect(findDefinition('shipped', here)).toBe(undefined)
    expect(() => findDefinition(undefined, folder('tidemark.yaml', 'tidemark.json'))).toThrow(
      'tidemark.yaml and tidemark.json are both here',
    )
  })

  test('up takes the file that is here, without the demo; asked for the demo it leaves the file alone', () => {
    const here = folder('tidemark.yaml')
    const before = process.cwd()
    process.chdir(here)
    try {
      const path = join(process.cwd(), 'tidemark.yaml')
      expect(readUpConfig([], {})).toMatchObject({
        demo: false,
        definition: path,
        data: join(process.cwd(), '.tidemark/data'),
      })
      expect(readUpConfig([], { TIDEMARK_DEFINITION: 'other.yaml' })).toMatchObject({
        definition: join(process.cwd(), 'other.yaml'),
      })
      for (const shippedOnes of [['--demo'], ['--definition', 'shipped']]) {
        const config = readUpConfig(shippedOnes, {})
        expect(config).toMatchObject({ demo: true })
        expect(config).not.toHaveProperty('definition', path)
      }
      expect(readUpConfig(['--demo', '--definition', 'tidemark.yaml'], {})).toMatchObject({
        demo: true,
        definition: path,
      })
    } finally {
      process.chdir(before)
    }
    expect(readUpConfig([], { TIDEMARK_DEFINITION: '' })).toMatchObject({ demo: true })
  })

  test('none is the shipped sources', () => expect(readSources(undefined)).toEqual(readDefinition(shipped)))

  test("the demo's are the same, and what a page of visitors shows; up names them whatever lies in a folder", async () => {
    const [clicks, readings] = readSources('demo')
    const [plain, sameReadings] = readDefinition(shipped)
    expect(readings).toEqual(sameReadings)
    expect([clicks!.fields, clicks!.metrics, clicks!.breakdowns]).toEqual([
      plain!.fields,
      plain!.metrics,
      plain!.breakdowns,
    ])
    for (const fact of ['sessions', 'funnel-purchase', 'journeys', 'retention-buyers-day'])
      expect(await check('demo')).toContain(`${fact}.all`)
    expect(readUpConfig(['--definition', 'demo'], {})).toMatchObject({ definition: 'demo', demo: false })
    const flagsOf = async (...argv: string[]): Promise<string[]> => {
      const config = readUpConfig(['--port', '1', '--kafka-port', '2', '--store-port', '3', ...argv], {})
      if (config === 'help') throw new Error('help')
      vi.mocked(choosePort).mockImplementation(async (_flag, given, standard) => given ?? standard)
      const { stages } = await planChildren(config)
      return stages.flat().flatMap(({ args }) => (args.includes('ingest') ? args : []))
    }
    expect((await flagsOf()).join(' ')).toContain('--definition demo')
    expect((await flagsOf('--no-demo')).join(' ')).toContain('--definition shipped')
  })
})

test('the whole definition that the manual shows is one', () => {
  const [least] = /^sources:\n[^`]*/m.exec(readFileSync(join(root, 'docs/definitions.md'), 'utf8'))!
  expect(readDefinitionText(Buffer.from(least))).toMatchObject([
    { name: 'orders', metrics: [{ kind: 'count' }], intervals: [{ name: '1m' }, { name: '1h' }] },
  ])
})

test('the least event that a source takes', () => {
  expect(sampleEvent(readSources(example)[0]!)).toBe(
    '{"customer":{"id":"hello"},"status":"hello","payment":{"amount":1}}',
  )
})

describe('the forecast', () => {
  const [clicks] = readDefinition(shipped)

  test('grows with names up to the budget, and with what is kept', () => {
    const bytes = (names: number) => forecast(clicks!, names).bytes
    expect(bytes(1)).toBeLessThan(bytes(100))
    expect(bytes(5000)).toBe(bytes(99_999))
    const longer = readDefinition({ ...shipped, keep: { ...shipped.keep, '1s': '90m' } })[0]!
    const of = (source: typeof longer) =>
      forecast(source, 100).cells.find(
        ({ breakdown, interval }) => breakdown === 'country' && interval === '1s',
      )!
    expect(of(longer).cells / of(clicks!).cells).toBeCloseTo(2, 0)
  })

  test('counts cells as names times windows, and what shares their chunk', () => {
    const total = forecast(clicks!, 100).cells.find(
      ({ breakdown, interval }) => breakdown === 'all' && interval === '1h',
    )!
    expect(total.windows).toBe(90 * 24 + 2) // kept, in progress, and one for events ahead of the clock
    expect(total.cells).toBeGreaterThanOrEqual(total.windows)
    expect(total.cells).toBeLessThan(total.windows + 2 * 128)
  })

  test('counts rankings by their members', () => {
    const [orders] = readSources(example)
    const { rankings } = forecast(orders!, 10)
    expect(rankings.map(({ metric, breakdown, interval }) => `${metric} ${breakdown} ${interval}`)).toEqual([
      'orders country 1m',
      'orders country 1d',
      'revenue country 1m',
      'revenue country 1d',
      'revenue channel 1m',
      'revenue channel 1d',
    ])
    expect(rankings[0]).toMatchObject({ members: (2 * 24 * 60 + 2) * 11 })
  })
  test('counts the ids that are remembered, and the readings of series', () => {
    const metrics = {
      used: { counter: 'kwh', decimals: 3 },
      bySensor: { counter: 'kwh', decimals: 3, by: ['sensor'] },
    }
    const given = {
      topic: 'meters',
      key: 'meter',
      time: 'ts',
      fields: { meter: 'string', sensor: 'string?', kwh: 'number?' },
    }
    const keep = { '1h': '9d' }
    const of = (more: object) =>
      readDefinition({ sources: { meters: { ...given, metrics: { readings: 'count' }, ...more } }, keep })[0]!
    const plain = forecast(of({}), 100)
    expect([plain.ids, plain.readings]).toEqual([null, []])
    const withIds = forecast(of({ id: { from: 'id', budget: 30_000 } }), 100)
    expect(withIds.ids).toEqual({ count: 30_000, bytes: 600_000 })
    expect(withIds.bytes - plain.bytes).toBe(600_000)
    // ten days of a hundred new ones, and 64 readings of 10 bytes each
    expect(forecast(of({ metrics }), 100).readings).toEqual([
      { metric: 'used', series: 1000, bytes: 640_000 },
      { metric: 'bySensor', series: 4000, bytes: 2_560_000 },
    ])
    const bounded = of({ metrics, entity: { online: '15m', forget: '9d', budget: 700 } })
    expect(forecast(bounded, 100).readings.map(({ series }) => series)).toEqual([700, 700])
    expect(forecast(of({ metrics }), 99_999).readings.map(({ series }) => series)).toEqual([50_000, 50_000])
  })
})
