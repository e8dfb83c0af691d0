import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { mappingSchema, type MappingFile } from '../../ingest/replay/mapping.ts'
import { presets } from '../../ingest/replay/presets.ts'
import { replay } from '../../ingest/replay/replay.ts'
import { replayItems } from '../../ingest/replay/source.ts'
import { locate, needs } from '../harness/needs.ts'

const { test } = needs('data')

function summarise(files: string[], mapping: MappingFile) {
  const items = replayItems({
    files,
    mapping: mappingSchema.parse(mapping),
    shift: 'none',
    nowMs: 0,
    sort: false,
    reorderRows: 1_000,
    onFault: 'stop',
  })
  return replay(items, {
    files,
    speed: Number.POSITIVE_INFINITY,
    limit: Number.POSITIVE_INFINITY,
    send: async () => true,
    now: () => 0,
    sleep: async () => {},
    stopped: () => false,
  })
}
const rowsOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '').length - 1

test('all 24 NAB series: every row of every file, in order of time', { timeout: 60_000 }, async () => {
  const folder = join(locate('data')!, 'nab')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.csv'))
    .map((name) => join(folder, name))
  const summary = await summarise(files, presets.nab)
  expect(files.length).toBe(24)
  expect(summary.files).toEqual(files.map((file) => ({ file, records: rowsOf(readFileSync(file, 'utf8')) })))
  expect(summary.outOfOrder).toBe(0)
  expect(summary.records).toBeGreaterThan(137_000)
})

test('the whole web log, put in order', { timeout: 60_000 }, async () => {
  const file = join(locate('data')!, 'weblog/access.tsv.gz')
  expect(await summarise([file], presets.weblog)).toMatchObject({
    records: rowsOf(gunzipSync(readFileSync(file)).toString()),
    outOfOrder: 0,
  })
})
