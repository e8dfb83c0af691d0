/** Compressed bodies, and bodies of senders whose clock is wrong. */
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { written, sent, post, click } from './held-memory.ts'

describe('compressed bodies', () => {
  const quickBrotli = (bytes: Buffer): Buffer =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateRawSync],
    ['identity, GZIP', gzipSync],
  ] as const)('%s is inflated', async (encoding, compress) => {
    const answer = await post(compress(Buffer.from(`${click({ path: '/packed' })}\n${click()}`)), {
      'content-encoding': encoding,
    })
    expect(answer).toMatchObject({ status: 202, accepted: 2 })
    expect(sent()).toMatchObject({ path: '/packed' })
  })
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', quickBrotli],
  ] as const)('a %s bomb ends at the limit', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(100_000_000))
    const before = process.cpuUsage()
    const answer = await post(bomb, { 'content-encoding': encoding })
    const { user, system } = process.cpuUsage(before)
    expect(answer.status).toBe(413)
    expect((user + system) / 1000).toBeLessThan(200) // inflating all of it takes several times as much
    expect(written).toEqual([])
  })
  test('exactly the limit is taken, one byte more is not; half of it, or junk, is no body', async () => {
    const filled = (bytes: number): Buffer =>
      gzipSync(Buffer.concat([Buffer.from(click()), Buffer.alloc(bytes - Buffer.byteLength(click()), '\n')]))
    expect((await post(filled(1_000_000), { 'content-encoding': 'gzip' })).status).toBe(202)
    expect((await post(filled(1_000_001), { 'content-encoding': 'gzip' })).status).toBe(413)
    expect((await post(gzipSync(click()).subarray(0, 20), { 'content-encoding': 'gzip' })).status).toBe(400)
    expect((await post('junk', { 'content-encoding': 'br' })).status).toBe(400)
  })
})

describe('a clock that is wrong', () => {
  const fast = 120_000
  test('two minutes fast: with sentAt it is counted, at the time that it was', async () => {
    const nowMs = Date.now()
    const body = `${click({ ts: nowMs + fast - 3000 })}\n${click({ ts: new Date(nowMs + fast - 50_000).toISOString() })}\n${click()}\n${click({ ts: 'soon' })}`
    expect(await post(body)).toMatchObject({
      status: 207,
      accepted: 1,
      items: [{ reason: 'future' }, { reason: 'future' }, { status: 'accepted' }, { reason: 'bad_time' }],
    })
    written.splice(0)
    expect(await post(body, {}, `&sentAt=${nowMs + fast}`)).toMatchObject({
      status: 207,
      accepted: 3,
      items: [{ status: 'accepted' }, { status: 'accepted' }, { status: 'accepted' }, { reason: 'bad_time' }],
    })
    const off = written.map(
      (_, at) => Date.parse(sent(at)['ts'] as string) - (nowMs - [3000, 50_000, 0][at]!),
    )
    for (const ms of off) expect(ms).toBeGreaterThanOrEqual(0)
    for (const ms of off) expect(ms).toBeLessThan(60_000)
    expect(off[0]).toBe(off[1])
  })
  test('hours slow, and years', async () => {
    for (const wrongMs of [-7_200_000, -86_400_000 * 400]) {
      written.splice(0)
      const nowMs = Date.now()
      expect(
        (await post(click({ ts: nowMs + wrongMs }), {}, `&sentAt=${new Date(nowMs + wrongMs).toISOString()}`))
          .status,
      ).toBe(202)
      expect(Math.abs(Date.parse(sent()['ts'] as string) - nowMs)).toBeLessThan(60_000)
    }
  })
  test('travel is no wrong clock; what is no time, or told twice, is refused', async () => {
    const ts = new Date(Date.now() - 1000).toISOString()
    expect((await post(click({ ts }), {}, `&sentAt=${Date.now() - 800}`)).status).toBe(202)
    expect(sent()).toMatchObject({ ts })
    for (const more of ['&sentAt=now', '&sentAt=', '&sentAt=1&sentAt=2', '&sentat=1'])
      expect((await post(click(), {}, more)).status).toBe(400)
  })
})

describe('what other clients call it, and what they forget', () => {
  test.each([
    ['application/x-ndjson', 2],
    ['application/ndjson; charset=utf-8', 2],
    ['application/jsonl', 2],
    ['application/x-jsonlines ;x=y', 2],
    ['Application/CloudEvents+JSON; charset="UTF-8"', 1],
    ['application/vnd.api+json', 1],
    ['text/json', 1],
  ])('%s', async (type, count) => {
    const body = count === 1 ? click() : `\ufeff${click()}\r\n\r\n${click()}\n`
    expect(await post(body, { 'content-type': type })).toMatchObject({ status: 202, accepted: count })
  })
  test.each([
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'text/html+jsonp',
    'xapplication/json',
  ])('%s is none', async (type) => expect((await post(click(), { 'content-type': type })).status).toBe(415))
  test.each([
    [`${click()}\0`, 'ends with a NUL'],
    [`[${click()},]`, 'event 1: there is nothing between two commas, or behind the last one'],
    [JSON.stringify(click()), 'JSON inside a JSON text'],
    [`${click()}\n${click()}`, 'one object a line is application/x-ndjson'],
    [gzipSync(click()), 'it is gzip; say so, content-encoding: gzip'],
    [Buffer.from(`\ufeff${click()}`, 'utf16le'), 'it is UTF-16'],
  ])('is told (%#)', async (body, said) =>
    expect(await post(body, { 'content-type': 'application/json' })).toMatchObject({
      status: 400,
      detail: expect.stringContaining(said) as string,
    }),
  )
  test('sentAt as JavaScript prints a date', async () => {
    const text = String(new Date(Date.now() - 7_200_000))
    expect((await post(click({ ts: text }), {}, `&sentAt=${encodeURIComponent(text)}`)).status).toBe(202)
    expect(Math.abs(Date.parse(sent()['ts'] as string) - Date.now())).toBeLessThan(60_000)
  })
})
