/** Any request path: texts as people, scanners and fuzzers send them. */
/** Whatever is asked or sent, the answer is an answer or a refusal: never a failure of ours, and never a word of what lies behind. */
import fc from 'fast-check'
import { expect } from 'vitest'

/** Without halves of letters, which no address can spell. */
export const whole = (text: string): string => Buffer.from(text).toString()
/** Values near to what is meant, and far from it. */
export const word = fc.oneof(
  fc.constantFrom(
    'web.events',
    'web.load.avg',
    'web',
    'country',
    'country,device',
    'country:is:DE',
    'device:exists:true',
    'now',
    'now-1h',
    'latest/d',
    '1s',
    '1m',
    '1h',
    'auto',
    'previous',
    'columns',
    'rows',
    'csv',
    'true',
    'desc',
    'name',
    'online',
    '0',
    '1',
    '500',
    '1e9',
    '-1',
    '9007199254740993',
    '__proto__',
    '[]',
    '{}',
    'null',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.nat().map(String),
)
export const name = fc.oneof(
  fc.constantFrom(
    'metric',
    'by',
    'where',
    'interval',
    'from',
    'to',
    'compare',
    'limit',
    'format',
    'raw',
    'source',
    'order',
    'status',
    'sort',
    'cursor',
    'via',
    'q',
    'sentAt',
    '__proto__',
    'constructor',
  ),
  fc.string({ maxLength: 10 }),
)
export const encoded = fc
  .tuple(word, fc.boolean())
  .map(([text, isRaw]) => (isRaw ? text.replaceAll(/[#\s]/g, '') : encodeURIComponent(whole(text))))
export const parameters = fc
  .array(
    fc.tuple(
      name.map((text) => encodeURIComponent(whole(text))),
      encoded,
    ),
    { maxLength: 8 },
  )
  .map((all) => all.map(([key, value]) => `${key}=${value}`).join('&'))
export const path = fc.constantFrom(
  '/v1/series',
  '/v1/top',
  '/v1/entities',
  '/v1/events',
  '/v1/rejects',
  '/v1/status',
  '/v1/catalog',
)

export function isSound(
  response: { statusCode: number; body: string; headers: Record<string, unknown> },
  of: string,
): void {
  expect(response.statusCode, `${of}: ${response.body.slice(0, 300)}`).toBeLessThan(500)
  if (response.statusCode < 400 || !String(response.headers['content-type']).includes('problem')) return
  expect(JSON.parse(response.body), of).toMatchObject({
    status: response.statusCode,
    type: expect.stringMatching(/^urn:tidemark:problem:[a-z_]+$/) as string,
  })
}
