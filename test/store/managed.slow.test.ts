/** A managed store refuses what belongs to its operator. Nothing of it is needed: worker, page and recount run over a server in which those commands do not exist. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StatusAnswer } from '../../query-api/wire.ts'
import { openStore } from '../../store/connection.ts'
import { readStatus } from '../../store/topology/status.ts'
import { startTestBroker } from '../harness/broker.ts'
import { freePort } from '../harness/ports.ts'
import { storeBinaries } from '../harness/store.ts'
import { recount, runProgram, startTidemark } from '../harness/tidemark.ts'

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const COUNT = 2000
/** What MemoryDB and ElastiCache refuse (of all the commands of an engine those that anybody here could come to ask for). */
const REFUSED =
  'CONFIG DEBUG BGREWRITEAOF BGSAVE SAVE SHUTDOWN REPLICAOF SLAVEOF SYNC PSYNC MIGRATE ACL MODULE'

test('everything runs over a server without the commands that a managed one refuses', {
  timeout: 120_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-managed-'))
  const port = await freePort()
  const renamed = REFUSED.split(' ').flatMap((name) => ['--rename-command', name, ''])
  const server = spawn(
    storeBinaries().server,
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...renamed],
    { stdio: 'ignore' },
  )
  const broker = await startTestBroker()
  const url = `redis://127.0.0.1:${port}`
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
    await runProgram(process.execPath, [
      main,
      'simulate',
      '--kafka',
      broker.address,
      '--count',
      String(COUNT),
    ])
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
  } finally {
    await Promise.all(commands.map((command) => command.stop()))
    await store.close()
    await broker.stop()
    const closed = once(server, 'close')
    server.kill('SIGTERM')
    await closed
    rmSync(dir, { recursive: true, force: true })
  }
})
