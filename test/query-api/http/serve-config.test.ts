import { describe, expect, test } from 'vitest'
import { CommandError } from '../../../cli/args/exit.ts'
import { readIngestConfig } from '../../../cli/commands/ingest-config.ts'
import { readServeConfig } from '../../../cli/commands/serve-config.ts'

describe('tidemark serve', () => {
  test('defaults', () => {
    expect(readServeConfig([], {})).toMatchObject({
      host: '127.0.0.1',
      port: 4400,
      store: { url: 'redis://127.0.0.1:4479' },
    })
  })
  test('flags win over the environment', () => {
    expect(
      readServeConfig(['--port', '0'], { TIDEMARK_PORT: '5000', TIDEMARK_STORE: 'redis://other:1' }),
    ).toMatchObject({ port: 0, store: { url: 'redis://other:1' } })
  })
  test('a value of a variable is told by the name of the variable', () => {
    const told = (variables: Record<string, string>): string => {
      try {
        readServeConfig([], variables)
        readIngestConfig([], variables)
      } catch (error) {
        return (error as CommandError).message
      }
      return 'taken'
    }
    expect(told({ TIDEMARK_PORT: '0x10' })).toBe('TIDEMARK_PORT=0x10: write a whole number from 0 to 65535.')
    expect(told({ TIDEMARK_WATCHDOG_MS: '1,5' })).toContain('TIDEMARK_WATCHDOG_MS=1,5: write')
    expect(told({ TIDEMARK_KEEP_OLD: 'soon' })).toContain('TIDEMARK_KEEP_OLD=soon: write a time')
    expect(told({ TIDEMARK_KAFKA: 'kafka' })).toContain('TIDEMARK_KAFKA=kafka: write HOST:PORT')
    expect(told({ TIDEMARK_STORE_PASSWORD_COMMAND: 'true', TIDEMARK_STORE_PASSWORD_EVERY: '1w' })).toContain(
      'TIDEMARK_STORE_PASSWORD_EVERY=1w: write a time',
    )
    expect(() => readServeConfig(['--port', 'x'], { TIDEMARK_PORT: '1' })).toThrow('--port x: write')
  })
  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.evil.org'])(
    '%s is refused without keys',
    (host) => {
      expect(() => readServeConfig(['--host', host], {})).toThrow(CommandError)
      expect(readServeConfig(['--host', host, '--open'], {})?.host).toBe(host)
      expect(readServeConfig(['--host', host], { TIDEMARK_OPEN: '1' })?.host).toBe(host)
    },
  )
  test.each(['127.0.0.1', '127.0.0.53', '::1', 'localhost'])('%s is ours alone', (host) =>
    expect(readServeConfig(['--host', host], {})?.host).toBe(host),
  )
  test.each([
    ['--port', '70000'],
    ['--port', '-1'],
    ['--port', 'x'],
    ['--prot', '1'],
    ['--definition', '/nowhere'],
  ])('%s %s is refused', (...argv) => {
    expect(() => readServeConfig(argv, {})).toThrow(CommandError)
  })
})
