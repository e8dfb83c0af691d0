/** A managed store refuses what belongs to its operator. Nothing of it is needed: worker, page and recount run over a server in which those commands do not exist. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StatusAnswer } from '../../query-api/wire.ts'
import { openStore } from '../../store/connection/connection.ts'
import { readStatus } from '../../store/topology/status.ts'
import { startTestBroker } from '../harness/broker.ts'
import { freePort } from '../harness/ports.ts'
import { startManagedStore } from '../harness/managed-store.ts'
import { startTestStore, storeBinaries } from '../harness/store.ts'
import { recount, runProgram, startTidemark } from '../harness/tidemark.ts'

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const COUNT = 2000

const tidemark = (...args: string[]) => runProgram(process.execPath, [main, ...args])
test('everything runs over a server without the commands that a managed one refuses, backups too', {
  timeout: 120_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-managed-'))
  const [managed, plain, broker] = await Promise.all([
    startManagedStore(),
    startTestStore(),
    startTestBroker(),
  ])
  const { url } = managed
  const store = await openStore({ url })
  const engines = ['--kafka', broker.address, '--store', url]
  const pagePort = await freePort()
  const commands = [
    startTidemark(['ingest', ...engines, '--session-timeout-ms', '6000']),
    startTidemark(['serve', ...engines, '--port', String(pagePort)]),
  ]
  try {
    await expect.poll(() => store.check().then(() => 'good', String), { timeout: 20_000 }).toBe('good')
    const [refused] = await store.everywhere(['CONFIG', 'GET', 'maxmemory'])
    expect(String(refused!.reply)).toMatch(/unknown command/i)
    expect(await readStatus(store)).toMatchObject([{ durability: null }])
    const simulate = (): Promise<unknown> =>
      tidemark('simulate', '--kafka', broker.address, '--count', String(COUNT))
    await simulate()
    const folded = async (): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${pagePort}/v1/status`).catch(() => null)
      if (answer?.ok !== true) return 0
      const { sources } = (await answer.json()) as StatusAnswer
      return sources.flatMap(({ partitions }) => partitions).reduce((sum, { next }) => sum + next, 0)
    }
    await expect.poll(folded, { timeout: 60_000, interval: 200 }).toBe(COUNT)
    const { code, said } = await recount(['--log', broker.dataDir, '--store', url])
    expect(said).toMatch(/0 missing, 0 extra, 0 different/)
    expect(code).toBe(0)

    const key = join(dir, 'key')
    writeFileSync(key, 'ab'.repeat(32))
    const place = join(dir, 'backups')
    const [backup] = await Promise.all([
      tidemark(
        'store',
        'backup',
        '--to',
        place,
        '--key-file',
        key,
        '--store',
        url,
        '--binary',
        storeBinaries().server,
      ),
      simulate(),
    ])
    expect(backup).toMatch(/its keys are read one by one instead/)
    await tidemark('store', 'restore', '--from', place, '--key-file', key, '--store', plain.url)
    const restored = await recount(['--log', broker.dataDir, '--store', plain.url])
    expect(restored.said).toMatch(/0 missing, 0 extra, 0 different/)
    expect(restored.code).toBe(0)
  } finally {
    await Promise.all(commands.map((command) => command.stop()))
    await store.close()
    await broker.stop()
    await Promise.all([managed.stop(), plain.stop()])
    rmSync(dir, { recursive: true, force: true })
  }
})
