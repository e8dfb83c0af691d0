/** `tidemark query` and `tidemark tail` against a real API, in this process. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CommandError } from '../../cli/args/exit.ts'
import { run as query } from '../../cli/commands/query.ts'
import { run as tail } from '../../cli/commands/tail.ts'
import { served } from '../client/served.ts'

vi.setConfig({ testTimeout: 60_000 })
const at = served([
  { country: 'DE', device: 'phone', visitor: 'a' },
  { country: 'DE', device: 'desk', visitor: 'b' },
  { country: '=1+1', visitor: 'c' },
  { visitor: 'd' },
])
let said: string
let complained: string
beforeEach(() => {
  ;[said, complained] = ['', '']
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complained += String(text)
    return true
  })
})
afterEach(() => void vi.restoreAllMocks())

const asked = async (run: typeof query, ...args: string[]): Promise<string> => {
  expect(await run([...args, '--url', at.base])).toBe(0)
  return said
}
const TOP = ['shop.events', '--by', 'country', '--top'] as const

describe('query', () => {
  test('a ranking as a table, with what it knows', async () => {
    const [head, ...rows] = (await asked(query, ...TOP, '--where', 'country:not:XX')).split('\n')
    expect(head!.split(/ {2,}/)).toEqual(['country', 'shop.events', 'share'])
    expect(rows.slice(0, 4).map((row) => row.split(/ {2,}/))).toEqual([
      ['DE', '2', '50.0 %'],
      ['=1+1', '1', '25.0 %'],
      ['(none)', '1', '25.0 %'],
      ['total', '4', '-'],
    ])
    expect(rows[5]).toMatch(/^known up to \d{4}-\d\d-\d\d \d\d:\d\d:\d\d from cells$/)
  })

  test('filters are repeated, and hold together', async () => {
    const answer = await asked(query, ...TOP, '--where', 'country:is:DE,FR', '--where', 'device:is:phone')
    expect(answer.split('\n')[1]).toMatch(/^DE +1 /)
  })

  test('series: times down, series across; as CSV, and as lines', async () => {
    const args = ['shop.events', '--by', 'country', '--interval', '1h', '--from', 'now-2h']
    const table = (await asked(query, ...args, '--tz', 'Asia/Kolkata')).split('\n')
    expect(table[0]!.split(/ {2,}/)).toEqual(['Asia/Kolkata', 'DE', '=1+1', '(none)'])
    expect(table[1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:30:00 /)
    said = ''
    const csv = (await asked(query, ...args, '--format', 'csv')).trimEnd().split('\r\n')
    expect(csv[0]).toBe('time,country,shop.events')
    expect(csv.some((line) => /^\d{4}-.*Z,'=1\+1,1$/.test(line))).toBe(true)
    said = ''
    const lines = (await asked(query, ...args, '--format', 'ndjson')).trimEnd().split('\n')
    const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(read.at(-1)).toMatchObject({ meta: { source: 'shop', from: 'cells' } })
    expect(read.slice(0, -1).reduce((sum, row) => sum + Number(row['shop.events']), 0)).toBe(4)
  })

  test.each([
    [[], /what is asked for/],
    [['shop.events', '--format', 'xml'], /--format xml: write table, csv, ndjson/],
    [['shop.events', '--top', '--interval', '1h'], /--interval is of numbers over time/],
    [['shop.events', '--by', 'visitor'], /breakdowns: \[country, \[country, device\], visitor\]/],
    [['nobody.events'], /there is no source nobody; there are shop/],
    [['shop.events', '--from', 'yesterday'], /from: not a time/],
  ])('%j is wrong usage', async (args, told) => {
    const failed = await query([...args, '--url', at.base]).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(CommandError)
    expect(failed).toMatchObject({ exitCode: 2, message: expect.stringMatching(told) as unknown })
  })

  test('an API that is not there', async () => {
    await expect(query(['shop.events', '--url', 'http://127.0.0.1:9'])).rejects.toThrow(
      /nothing answers at http:\/\/127.0.0.1:9; is "tidemark serve"/,
    )
    await expect(query(['shop.events', '--url', 'ftp://x'])).rejects.toThrow(/write an address/)
  })

  test('watched: again whenever the numbers change, until interrupted', async () => {
    const watching = query([
      'shop.events',
      '--interval',
      '1h',
      '--from',
      'now-2h',
      '--format',
      'ndjson',
      '--watch',
      '--url',
      at.base,
    ])
    const totals = (): number[] =>
      said
        .split('{"meta"')
        .slice(0, -1)
        .map((frame) =>
          frame
            .split('\n')
            .reduce(
              (sum, line) =>
                sum +
                (line.startsWith('{"time"')
                  ? Number((JSON.parse(line) as Record<string, unknown>)['shop.events'])
                  : 0),
              0,
            ),
        )
    await vi.waitFor(() => expect(totals()).toContain(4), 30_000)
    await at.count([{ country: 'DE' }])
    await vi.waitFor(() => expect(totals().at(-1)).toBe(5), 30_000)
    process.emit('SIGTERM')
    expect(await watching).toBe(0)
  })
})

describe('tail', () => {
  test('the newest rows, oldest first', async () => {
    const lines = (await asked(tail, 'shop', '--once', '--limit', '2')).trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^shop\/0@\d+ {2}\d{4}-.*Z {2}\{/)
    said = ''
    const [row] = (await asked(tail, 'shop', '--once', '--limit', '1', '--format', 'ndjson'))
      .trim()
      .split('\n')
    expect(JSON.parse(row!)).toMatchObject({ source: 'shop', partition: 0 })
  })

  test('followed: each event once', async () => {
    const following = tail(['shop', '--limit', '0', '--url', at.base])
    await new Promise((resolve) => setTimeout(resolve, 200))
    await at.count([{ visitor: 'first' }])
    await vi.waitFor(() => expect(said).toContain('first'), 30_000)
    await at.count([{ visitor: 'second' }])
    await vi.waitFor(() => expect(said).toContain('second'), 30_000)
    process.emit('SIGTERM')
    expect(await following).toBe(0)
    expect(
      said
        .trimEnd()
        .split('\n')
        .map((line) => /first|second/.exec(line)?.[0]),
    ).toEqual(['first', 'second'])
    expect(complained).toBe('')
  })

  test('dead letters, and a source of nobody', async () => {
    await at.filler.applyBatch(0, ['no json\u0007'], Date.now())
    expect(await asked(tail, 'shop', '--rejects', '--once')).toMatch(
      /^shop\/0@\d+ .* {2}not_json: .*no json $/m,
    )
    await expect(tail(['nobody', '--url', at.base])).rejects.toThrow(/there is no source nobody/)
    await expect(tail(['shop', '--rejects', '--via', 'http'])).rejects.toThrow(/--via is of events/)
  })
})
