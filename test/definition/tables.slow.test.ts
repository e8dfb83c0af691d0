/** A running worker follows the tables of its definition as it follows the file itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readSources } from '../../cli/args/definition.ts'
import { followDefinition } from '../../cli/commands/redefine.ts'
import type { RunningSource } from '../../ingest/source.ts'
import type { Source } from '../../model/definition.ts'

const DEFINITION = `lookups:
  devices: { file: devices.csv, key: device }
sources:
  s:
    topic: s
    key: device
    time: ts
    fields: { device: string, site: { lookup: devices, of: device, take: site } }
    metrics: { events: count }
keep: { 1m: 2d }
`

test('a table that changed is another definition; one that is at fault changes nothing', {
  timeout: 30_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-follow-'))
  const [file, table] = [join(folder, 'd.yaml'), join(folder, 'devices.csv')]
  writeFileSync(file, DEFINITION)
  writeFileSync(table, 'device,site\nd1,south\n')
  const started: Source[] = []
  const said: string[] = []
  const stopped = { stop: async () => {} } as unknown as RunningSource
  const stop = followDefinition({
    file,
    sources: readSources(file),
    running: new Map([['s', stopped]]),
    start: async (source) => (started.push(source), stopped),
    log: ((line: string) => void said.push(line)) as never,
    failed: (error) => void said.push(`failed: ${error.message}`),
  })
  try {
    writeFileSync(table, 'device,site\nd1,south\nd1,north\n')
    await vi.waitFor(() => expect(said.join('\n')).toContain('the definition stays as it was'), {
      timeout: 20_000,
    })
    expect(said.join('\n')).toContain('line 3: device "d1" stands in line 2 already')
    writeFileSync(table, 'device,site\nd1,north!\n')
    await vi.waitFor(() => expect(started).toHaveLength(1), { timeout: 20_000 })
    expect(started[0]!.lookups![0]!.rows).toEqual([['d1', 'north!']])
  } finally {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
