/** Which pages may ask, and what is told to those that may not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { describe, expect, test } from 'vitest'
import { sent, serve, app, kind, bare } from './named-servers.ts'

describe('Origin', () => {
  const post = (headers: Record<string, string>, to = app, payload = '{}') =>
    to.inject({
      method: 'POST',
      url: '/v1/events?source=web',
      headers: { 'content-type': 'text/plain', host: 'localhost:4400', ...headers },
      payload,
    })
  test.each([
    { origin: 'http://localhost:8099' }, // same site, another port
    { origin: 'http://127.0.0.1:4400' }, // another name of the same machine: another origin
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'file://' },
    { origin: 'http://localhost:4400.evil.example' },
    { origin: '' },
    { origin: 'http://evil@localhost:4400' }, // no browser spells one so
    { origin: 'http://localhost:4400/page' },
    { origin: 'http://localhost:4400, http://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': '' },
    { 'sec-fetch-site': 'none', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:4400.evil.example' },
  ] as Record<string, string>[])('%j may not send', async (headers) => {
    sent.length = 0
    expect(kind(await post(headers))).toBe('403 foreign_origin')
    expect(
      kind(
        await app.inject({
          method: 'POST',
          url: '/v1/query',
          headers: { host: 'localhost:4400', 'content-type': 'application/json', ...headers },
          payload: '{}',
        }),
      ),
    ).toBe('403 foreign_origin')
    expect(sent).toEqual([])
  })
  test.each([
    {},
    { 'sec-fetch-site': 'none' },
    { origin: 'http://localhost:4400' },
    { origin: 'http://LOCALHOST:4400' },
    { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:5173' },
    { 'sec-fetch-site': 'same-origin', origin: 'null' },
  ] as Record<string, string>[])('%j is taken', async (headers) => {
    expect((await post(headers)).statusCode).toBe(202)
  })
  test('behind a proxy: the public name, whether it passes Host on or not', async () => {
    const proxied = await serve({ httpAccess: { publicNames: ['stats.example.org'] } })
    for (const host of ['stats.example.org', '127.0.0.1:4400'])
      expect((await post({ host, origin: 'https://stats.example.org' }, proxied)).statusCode).toBe(202)
    expect(kind(await post({ host: 'stats.example.org', origin: 'https://shop.example.org' }, proxied))).toBe(
      '403 foreign_origin',
    )
  })

  const preflight = (origin: string, to: FastifyInstance) =>
    to.inject({
      method: 'OPTIONS',
      url: '/v1/events?source=web',
      headers: {
        host: 'localhost:4400',
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })
  test('nobody is asked in: no headers, no preflight', async () => {
    expect(kind(await preflight('https://shop.example', app))).toBe('403 foreign_origin')
    const read = await app.inject({ url: '/livez', headers: { origin: 'https://shop.example' } })
    expect([
      read.statusCode,
      read.headers['access-control-allow-origin'],
      read.headers['cross-origin-resource-policy'],
    ]).toEqual([200, undefined, 'same-origin'])
  })
  test('an origin that was named sends and reads its verdicts; another one does not', async () => {
    const named = await serve({ httpAccess: { allowOrigins: ['https://shop.example'] } })
    const asked = await preflight('https://shop.example', named)
    expect(asked).toMatchObject({
      statusCode: 204,
      body: '',
      headers: {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-methods': expect.stringContaining('POST') as string,
        'access-control-allow-headers': expect.stringContaining('content-type') as string,
        vary: 'origin',
      },
    })
    const taken = await post({ origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' }, named)
    expect(taken).toMatchObject({
      statusCode: 202,
      headers: { 'access-control-allow-origin': 'https://shop.example', vary: 'origin' },
    })
    // A refusal can be read too.
    expect(await post({ origin: 'https://shop.example' }, named, '5')).toMatchObject({
      statusCode: 400,
      headers: { 'access-control-allow-origin': 'https://shop.example' },
    })
    expect(kind(await post({ origin: 'https://shop.example.evil.example' }, named))).toBe(
      '403 foreign_origin',
    )
    // A live stream is answered past the framework, and says the same.
    await named.listen({ host: '127.0.0.1', port: 0 })
    const stop = new AbortController()
    const live = await fetch(`${named.listeningOrigin}/v1/live?q=events%3Fsource%3Dweb`, {
      headers: { origin: 'https://shop.example' },
      signal: stop.signal,
    })
    expect([
      live.status,
      live.headers.get('access-control-allow-origin'),
      live.headers.get('x-content-type-options'),
    ]).toEqual([200, 'https://shop.example', 'nosniff'])
    stop.abort()
    expect(
      (await preflight('http://shop.example', named)).headers['access-control-allow-origin'],
    ).toBeUndefined()
  })
})

test('405 says what is possible', async () => {
  for (const [url, method, allow] of [
    ['/v1/series', 'DELETE', 'GET, HEAD'],
    ['/v1/query', 'GET', 'POST'],
    ['/v1/events', 'PUT', 'GET, HEAD, POST'],
    ['/livez', 'POST', 'GET, HEAD'],
  ] as const)
    expect(await app.inject({ method, url })).toMatchObject({ statusCode: 405, headers: { allow } })
})

test('a path that climbs, or is none, names nothing; on a built page too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-names-'))
  mkdirSync(join(folder, 'page'))
  writeFileSync(join(folder, 'page/index.html'), '<!doctype html><title>Tidemark</title>')
  writeFileSync(join(folder, 'secret'), 'S3cret')
  const paged = await serve({ pageDirectory: join(folder, 'page') })
  await paged.listen({ host: '127.0.0.1', port: 0 })
  for (const path of [
    '/../secret',
    '/../../etc/passwd',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/%00',
    '/index.html%00',
    '/..\\secret',
    '/assets/../../secret',
    '/nowhere.js',
  ]) {
    const answer = await bare(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`, paged)
    expect(answer, path).toMatch(/^HTTP\/1\.1 404 [\s\S]*urn:tidemark:problem:not_found/)
    expect(answer, path).not.toContain('S3cret')
  }
  expect(await bare('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', paged)).toMatch(
    /^HTTP\/1\.1 200 [\s\S]*<title>Tidemark/,
  )
  rmSync(folder, { recursive: true })
})
