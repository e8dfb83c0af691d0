import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { compileDecoder, MOST_ROW_REJECTS, type Decoded } from '../../model/decode/decode.ts'
import type { Source } from '../../model/definition.ts'
import { needs } from '../harness/needs.ts'
import { makeRecord, makeSource, type MadeRecord } from './made.ts'
import { sourceOf } from './source.ts'
import { CLEAR, LOCAL, NONE } from './time-forms.ts'

const RECORDS_A_SOURCE = 60
const SOURCES = 100

function inPython(
  sources: readonly Source[],
  records: readonly (readonly [number, MadeRecord])[],
): unknown[] {
  const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null
  const input = JSON.stringify({
    sources,
    records: records.map(([source, { value, tsMs, key, headers }]) => [
      source,
      base64(value),
      tsMs,
      base64(key),
      Object.entries(headers).map(([name, text]) => [name, base64(Buffer.from(text))]),
    ]),
  })
  const { status, stdout, stderr } = spawnSync('python3', ['-B', join(import.meta.dirname, 'twin.py')], {
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    timeout: 100_000,
  })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout) as unknown[]
}

/** Of a list its values. */
const plainValue = (source: Source, value: string | number | null, at: number): unknown =>
  source.fields[at]!.list && value !== null ? JSON.parse(value as string) : value

function shapeOf(source: Source, decoded: Decoded): unknown {
  if ('reject' in decoded) return { reject: [decoded.reject.reason, decoded.reject.events] }
  return {
    events: decoded.events.map(({ timeMs, values, id = null }) => [
      timeMs,
      values.map((value, at) => plainValue(source, value, at)),
      id,
    ]),
    refused: (decoded.rejects ?? []).map(({ row, reason }) => [row, reason]),
  }
}

needs('python3').test(
  'the recount decodes as the worker does, whatever the definition asks for and whatever is sent',
  { timeout: 120_000 },
  () => {
    const sources = Array.from({ length: SOURCES }, (_, seed) => makeSource(seed))
    const records = sources.flatMap((source, at) =>
      Array.from({ length: RECORDS_A_SOURCE }, (_, n) => [at, makeRecord(source, at * 1000 + n)] as const),
    )
    const twin = inPython(sources, records)
    const decoders = sources.map((source) => compileDecoder(source))
    const seen = new Map<string, number>()
    for (const [n, [at, { value, tsMs, key, headers }]] of records.entries()) {
      const decoded = decoders[at]!(value, tsMs, { key: () => key, header: (name) => headers[name] ?? null })
      const mine = shapeOf(sources[at]!, decoded)
      const other = twin[n] as { refused?: unknown[] }
      if (other.refused) other.refused = other.refused.slice(0, MOST_ROW_REJECTS)
      const shown = `${JSON.stringify(sources[at])}\n${value?.toString()}\n${key?.toString()} ${JSON.stringify(headers)}`
      expect(JSON.parse(JSON.stringify(mine)), shown).toEqual(JSON.parse(JSON.stringify(other)))
      const what = 'reject' in decoded ? decoded.reject.reason : 'counted'
      seen.set(what, (seen.get(what) ?? 0) + 1)
    }
    // It would prove little if nearly all were refused, or for one reason.
    expect(seen.get('counted')).toBeGreaterThan(records.length / 5)
    expect([...seen.keys()].sort()).toEqual(
      expect.arrayContaining([
        'bad_time',
        'future',
        'missing_field',
        'not_an_object',
        'not_json',
        'too_large',
        'wrong_type',
      ]),
    )
  },
)

needs('python3').test('and it reads every form of time as the worker does', { timeout: 60_000 }, () => {
  const sources = [sourceOf({}), sourceOf({ zone: 'Europe/Berlin' }), sourceOf({ zone: 'Asia/Kathmandu' })]
  const texts = [...CLEAR, ...LOCAL].map(([text]) => text).concat(NONE, '1973-03-03T09:46:39.999Z')
  const records = sources.flatMap((_, at) =>
    texts.map((text) => {
      const value = Buffer.from(JSON.stringify({ ts: text }))
      return [at, { value, tsMs: null, key: null, headers: {} }] as const
    }),
  )
  const twin = inPython(sources, records)
  const decoders = sources.map((source) => compileDecoder(source))
  const mine = records.map(([at, { value }]) => shapeOf(sources[at]!, decoders[at]!(value, null)))
  for (const [n, [, { value }]] of records.entries())
    expect([String(value), twin[n]]).toEqual([String(value), mine[n]])
  expect(mine.filter((shape) => Object.hasOwn(shape as object, 'events'))).toHaveLength(
    3 * CLEAR.length + 2 * LOCAL.length - 1, // the leap second of Berlin is none in Kathmandu
  )
})
