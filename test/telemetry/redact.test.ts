import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openLog } from '../../cli/telemetry/log.ts'
import { readLogSettings } from '../../cli/telemetry/log-settings.ts'
import { redact } from '../../cli/telemetry/redact.ts'
import { STORE_FORMS } from '../../store/connection/address.ts'

describe('secrets do not reach a log', () => {
  const cases: [text: string, secret: string][] = [
    ['store: redis://user:hunter2@10.0.0.1:6379 refused', 'hunter2'],
    ['rediss://:p@ss:word@host:6379/0', 'p@ss:word'],
    ['redis+cluster://a:hunter2@one:1,two:2', 'hunter2'],
    ['key tm_sec_9fQx-12_ab was refused', '9fQx-12_ab'],
    ['key tm_pub_9fQx was refused', '9fQx'],
    ['authorization: Bearer abc.def-123', 'abc.def-123'],
    ['{"username":"u","password":"hunter2","x":1}', 'hunter2'],
    ["sasl { password: 'hunter two' }", 'hunter two'],
    ['TIDEMARK_KAFKA_PASSWORD=hunter2 is set', 'hunter2'],
    ['--requirepass=hunter2', 'hunter2'],
    ['https://x/?token=hunter2&a=1', 'hunter2'],
  ]
  test.each(cases)('%s', (text, secret) => expect(redact(text)).not.toContain(secret))

  test('any password of a store address', () => {
    const word = fc.string({
      minLength: 3,
      maxLength: 20,
      unit: fc.constantFrom(...'abcdefgXYZ0189-._~!$&()*+,;=:@%'),
    })
    fc.assert(
      fc.property(word, word, (user, password) => {
        const clean = redact(`openStore redis://${user}:${password}@h0st:6379/3 failed`)
        expect(clean).toBe('openStore redis://***@h0st:6379/3 failed')
      }),
    )
  })

  test('what is no secret stays as it is', () => {
    expect(redact(STORE_FORMS)).toBe(STORE_FORMS) // it is what a user is told to write
    for (const text of [
      'clicks/0: the store did not answer: connect ECONNREFUSED 127.0.0.1:6379; asking the store where it stands',
      'see http://127.0.0.1:4400/v1/status?x=1',
      'tokens: 3 of 5',
    ])
      expect(redact(text)).toBe(text)
  })
})

/** CPU time of one call, the least of a few: what else the machine does only adds to it. */
function leastMs(work: () => unknown): number {
  return Math.min(
    ...Array.from({ length: 3 }, () => {
      const before = process.cpuUsage()
      work()
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    }),
  )
}

describe('long texts cost what they are long', () => {
  test.each([
    'a-',
    'a',
    'token',
    'password=',
    'password ',
    'password="',
    '"password":',
    'a://',
    'a://a',
    'x:',
    'Basic ',
    'bearer\t',
    'tm_sec_',
    'tm_pub_a-',
    "-token='",
    ' ',
    'api_key:\n',
  ])('%j again and again', (piece) => {
    const text = (bytes: number): string => piece.repeat(bytes / piece.length)
    const [n, eightfold] = [leastMs(() => redact(text(50_000))), leastMs(() => redact(text(400_000)))]
    // Eight times the text: about eight times the work, where quadratic is sixty-four times.
    expect(eightfold).toBeLessThan(Math.max(n, 2) * 24)
  })
})

describe('the log', () => {
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line)

  test('json: one object a line, by level, redacted', () => {
    lines.length = 0
    const log = openLog('ingest', { level: 'warn', format: 'json' }, write)
    log('not told')
    log('redis://a:b@c is away', 'warn')
    log('"quotes"\nand a second line', 'error')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        level: 'warn',
        process: 'ingest',
        pid: process.pid,
        msg: 'redis://***@c is away',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
      { level: 'error', msg: '"quotes"\nand a second line' },
    ])
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
  })

  test('text: time and line', () => {
    lines.length = 0
    const log = openLog('serve', { level: 'info', format: 'text' }, write)
    log('hello')
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z hello\n$/)
  })

  test('flags win over the environment; text where somebody reads along', () => {
    expect(readLogSettings({}, {}, true)).toEqual({ level: 'info', format: 'text' })
    expect(readLogSettings({}, { TIDEMARK_LOG_LEVEL: '', TIDEMARK_LOG_FORMAT: '' }, false)).toEqual({
      level: 'info',
      format: 'json',
    })
    expect(
      readLogSettings(
        { 'log-level': 'error' },
        { TIDEMARK_LOG_LEVEL: 'warn', TIDEMARK_LOG_FORMAT: 'text' },
        false,
      ),
    ).toEqual({ level: 'error', format: 'text' })
    expect(() => readLogSettings({}, { TIDEMARK_LOG_LEVEL: 'loud' })).toThrow(
      '--log-level is error, warn or info, not "loud".',
    )
  })
})
