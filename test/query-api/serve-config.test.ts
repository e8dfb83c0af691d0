import { describe, expect, test } from 'vitest'
import { CommandError } from '../../cli/args/exit.ts'
import { readServeConfig } from '../../cli/commands/serve-config.ts'

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
