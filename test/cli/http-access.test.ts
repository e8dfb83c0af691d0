import { describe, expect, test } from 'vitest'
import { httpAccessArguments, readHttpAccess } from '../../cli/args/http-access.ts'
import { CommandError } from '../../cli/args/exit.ts'
import { readServeConfig } from '../../cli/commands/serve-config.ts'
import { readUpConfig } from '../../cli/up/up-config.ts'

const serve = (argv: string[], env: NodeJS.ProcessEnv = {}) =>
  readServeConfig(argv, { TIDEMARK_DEFINITION: 'shipped', ...env })!

describe('names, origins and proxies', () => {
  test('none unless given; repeated, or with commas; flags win', () => {
    expect(serve([]).httpAccess).toEqual({ publicNames: [], allowOrigins: [], trustedProxies: [] })
    expect(
      serve(['--public-name', 'A.example', '--public-name', 'b.example,[2001:DB8::1]']).httpAccess
        .publicNames,
    ).toEqual(['a.example', 'b.example', '[2001:db8::1]'])
    expect(
      serve([], {
        TIDEMARK_PUBLIC_NAME: 'a.example, 2001:db8::1',
        TIDEMARK_ALLOW_ORIGIN: 'https://Shop.example/,http://localhost:3000',
        TIDEMARK_TRUSTED_PROXY: '10.0.0.0/8,::1',
      }).httpAccess,
    ).toEqual({
      publicNames: ['a.example', '[2001:db8::1]'],
      allowOrigins: ['https://shop.example', 'http://localhost:3000'],
      trustedProxies: ['10.0.0.0/8', '::1'],
    })
    expect(
      serve(['--allow-origin', 'https://a.example'], {
        TIDEMARK_ALLOW_ORIGIN: 'https://b.example',
        TIDEMARK_PUBLIC_NAME: '',
      }).httpAccess,
    ).toMatchObject({ allowOrigins: ['https://a.example'], publicNames: [] })
  })
  test('an origin is as browsers write it: without the port that goes without saying', () => {
    expect(
      serve(['--allow-origin', 'https://a.example:443,http://b.example:80,https://c.example:8443']).httpAccess
        .allowOrigins,
    ).toEqual(['https://a.example', 'http://b.example', 'https://c.example:8443'])
  })
  test.each([
    ['--public-name', 'https://a.example'],
    ['--public-name', 'a.example:4400'],
    ['--public-name', 'a.example/x'],
    ['--public-name', 'a b'],
    ['--public-name', '*'],
    ['--allow-origin', '*'],
    ['--allow-origin', 'null'],
    ['--allow-origin', 'a.example'],
    ['--allow-origin', 'https://a.example/path'],
    ['--allow-origin', 'https://user@a.example'],
    ['--allow-origin', 'file:///x'],
    ['--trusted-proxy', 'proxy'],
    ['--trusted-proxy', '10.0.0.0/33'],
    ['--trusted-proxy', '10.0.0.0/8/8'],
    ['--trusted-proxy', '*'],
    ['--trusted-proxy', 'true'],
  ])('%s %s cannot work', (flag, value) => {
    expect(() => serve([flag, value])).toThrow(
      expect.objectContaining({
        exitCode: 78,
        message: expect.stringContaining('write ') as string,
      }) as CommandError,
    )
  })
  test('a name to listen on is a name to be called by; an address that others reach is one too', () => {
    expect(serve(['--host', 'Stats.example', '--open'])).toMatchObject({
      isPublic: true,
      httpAccess: { publicNames: ['stats.example'] },
    })
    expect(serve(['--host', '0.0.0.0', '--open'])).toMatchObject({
      isPublic: true,
      httpAccess: { publicNames: [] },
    })
    expect(serve([])).toMatchObject({ isPublic: false })
  })
  test('`tidemark up` hands them to its serve', () => {
    const config = readUpConfig(
      ['--no-demo', '--public-name', 'a.example', '--allow-origin', 'https://b.example'],
      { TIDEMARK_DEFINITION: 'shipped' },
    )
    expect(config).toMatchObject({
      httpAccessArguments: ['--public-name', 'a.example', '--allow-origin', 'https://b.example'],
    })
    const { publicNames, allowOrigins, trustedProxies } = serve([])!.httpAccess
    expect(httpAccessArguments({ publicNames, allowOrigins, trustedProxies })).toEqual([])
    expect(() => readHttpAccess({ 'allow-origin': 'x' }, {})).toThrow(CommandError)
  })
})
