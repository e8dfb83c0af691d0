/** Whose names the server answers to. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sent, serve, app, kind, PATHS, bare } from './named-servers.ts'

describe('Host', () => {
  test.each(PATHS)('a foreign name reads nothing of %s', async (url) => {
    for (const host of [
      'rebind.example:4400',
      'localhost.rebind.example',
      '127.0.0.1.rebind.example:4400',
      '10.1.2.3:4400',
      '[2001:db8::1]:4400',
      '2130706433',
    ])
      expect([host, kind(await app.inject({ url, headers: { host } }))]).toEqual([host, '421 misdirected'])
  })
  test('nor does it send', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/v1/events?source=web',
      headers: {
        host: 'rebind.example:4400',
        origin: 'http://rebind.example:4400',
        'content-type': 'application/json',
      },
      payload: '{}',
    })
    expect(kind(response)).toBe('421 misdirected')
    expect(sent).toEqual([])
  })
  test.each(['127.0.0.1:4400', '127.0.0.1', '[::1]:4400', 'localhost:4400', 'LocalHost:9', 'localhost'])(
    '%s is ours, whatever port a mapping gave it',
    async (host) => {
      expect((await app.inject({ url: '/livez', headers: { host } })).statusCode).toBe(200)
    },
  )
  test.each(['a b', 'user@localhost', 'localhost/', 'localhost:port', '[::1', 'localhost:123456'])(
    '"%s" is no host',
    async (host) => {
      expect(kind(await app.inject({ url: '/livez', headers: { host } }))).toBe('400 bad_request')
    },
  )
  test('names that were given, and addresses where it listens to all', async () => {
    const named = await serve({
      httpAccess: { publicNames: ['stats.example.org', '[2001:db8::1]'], byAddress: true },
    })
    for (const host of [
      'stats.example.org',
      'Stats.Example.org:443',
      '[2001:db8::1]',
      '10.1.2.3:4400',
      'localhost',
    ])
      expect((await named.inject({ url: '/livez', headers: { host } })).statusCode).toBe(200)
    for (const host of ['example.org', 'x.stats.example.org', 'stats.example.org.evil.example'])
      expect(kind(await named.inject({ url: '/livez', headers: { host } }))).toBe('421 misdirected')
  })
  test('whatever name is no loopback name is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.domain(), fc.option(fc.nat(65_535)), async (name, port) => {
        expect(
          kind(
            await app.inject({
              url: '/v1/status',
              headers: { host: port === null ? name : `${name}:${port}` },
            }),
          ),
        ).toBe('421 misdirected')
      }),
      { numRuns: 50 },
    )
  })

  test('none at all, an expectation that is none, and the address of another in the first line', async () => {
    expect(await bare('GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*urn:tidemark:problem:bad_request/,
    )
    expect(await bare('GET /livez HTTP/1.1\r\nhost: localhost\r\nexpect: junk\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 417 [\s\S]*urn:tidemark:problem:expectation_failed/,
    )
    expect(
      await bare(
        'GET http://rebind.example/v1/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 400 [\s\S]*urn:tidemark:problem:bad_request/)
    expect(
      await bare(
        'GET /livez HTTP/1.1\r\nhost: localhost\r\nHost: rebind.example\r\nconnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 400 [\s\S]*given more than once/)
    expect(await bare('GET /livez HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /)
  })
})
