/** `tidemark store upgrade`, `replace` and `scale` on a small store under its supervisor: what is done, what is refused, and what a program that does not start costs. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { lockDataDir } from '../../embedded/data-dir-lock.ts'
import { addressOf, readTopology, type LocalTopology } from '../../embedded/topology-file.ts'
import { openStore } from '../../store/connection/connection.ts'
import { newestEvents } from '../../store/keeper/events.ts'
import { readStatus } from '../../store/topology/status.ts'
import { freePort } from '../harness/ports.ts'
import { storeBinaries } from '../harness/store.ts'
import { startTidemark, type RunningCommand } from '../harness/tidemark.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })
const dir = mkdtempSync(join(tmpdir(), 'tidemark-acts-'))
const data = join(dir, 'store')
let supervisor: RunningCommand

async function act(...args: string[]): Promise<{ code: number | null; said: string }> {
  const running = startTidemark(['store', ...args])
  return { code: await running.ended, said: running.said() }
}
const topology = (): LocalTopology => readTopology(data)!
const names = (): string[] => topology().nodes.map(({ name }) => name)

async function withStore<T>(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
  const password = readFileSync(join(data, 'password'), 'utf8').trim()
  const store = await openStore({ url: addressOf(topology()), access: { password: () => password } })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** A server program by another name; `fails`: where it is started for a node. */
function program(name: string, fails = false): string {
  const path = join(dir, name)
  if (!fails) symlinkSync(storeBinaries().server, path)
  else {
    writeFileSync(
      path,
      `#!/bin/sh\ncase "$*" in *cluster-enabled*) exit 1;; esac\nexec ${storeBinaries().server} "$@"\n`,
    )
    chmodSync(path, 0o755)
  }
  return path
}

beforeAll(async () => {
  supervisor = startTidemark([
    'store',
    'create',
    '--data',
    data,
    '--port',
    String(await freePort()),
    '--shards',
    '1',
    '--zones',
    'a,b',
    '--max-memory-mb',
    '32',
    '--replace-after',
    '0s',
    '--binary',
    storeBinaries().server,
  ])
  await supervisor.until('store ready')
})
afterAll(async () => {
  await supervisor?.stop()
  rmSync(dir, { recursive: true, force: true })
})

describe('upgrade', () => {
  test('to a program that does not start for a node: it is put back, and said', async () => {
    const { code, said } = await act('upgrade', '--data', data, '--bin', program('redis-server-bad', true))
    expect(said).toMatch(
      /node-2 did not come back .* it runs the one before again.*give the same command again/s,
    )
    expect(code).toBe(1)
    expect(existsSync(join(data, 'node-2', 'engine.json'))).toBe(false)
    await withStore(async (store) =>
      expect(await readStatus(store)).toMatchObject([{ replicas: [{ isOnline: true }] }]),
    )
  })

  test('to a program that is none: nothing is begun', async () => {
    const { code, said } = await act('upgrade', '--data', data, '--bin', '/bin/true')
    expect(said).toMatch(/\/bin\/true is no Valkey or Redis server/)
    expect(code).toBe(1)
  })

  test('of every node: the replica first, then a failover, then the primary; no key is lost, and it is in the audit log', async () => {
    await withStore((store) => store.pipeline([['SET', 'app:{x}', 'kept']]))
    const bin = program('valkey-server-new')
    const { code, said } = await act('upgrade', '--data', data, '--bin', bin)
    expect(said).toMatch(
      /1 of 2: node-2\n.*node-1 is primary no more\n.*2 of 2: node-1\n2 nodes were changed/s,
    )
    expect(code).toBe(0)
    await withStore(async (store) => {
      expect(String(await store.pipeline([['GET', 'app:{x}']]))).toBe('kept')
      const infos = await store.info()
      expect(infos[0]!.text).toContain(`executable:${bin}`)
      expect((await newestEvents(store, 1))[0]).toMatchObject({
        kind: 'act',
        text: expect.stringContaining('upgraded 2 nodes to') as string,
      })
    })
    expect((await act('upgrade', '--data', data, '--bin', bin)).said).toMatch(/already/)
  })
})

describe('replace and scale', () => {
  test('a node is replaced in its zone, with the engine of the others', async () => {
    const { zone } = topology().nodes.find(({ name }) => name === 'node-2')!
    const { code, said } = await act('replace', 'node-2', '--data', data)
    expect(said).toMatch(/node-2 was replaced by node-3/)
    expect(code).toBe(0)
    expect(names().toSorted()).toEqual(['node-1', 'node-3'])
    expect(topology().nodes.find(({ name }) => name === 'node-3')!.zone).toBe(zone)
    expect(existsSync(join(data, 'node-3', 'engine.json'))).toBe(true)
    await withStore(async (store) => {
      expect(String(await store.pipeline([['GET', 'app:{x}']]))).toBe('kept')
      expect(await readStatus(store)).toMatchObject([{ replicas: [{ isOnline: true }] }])
    })
  })

  test('what cannot be is refused with a sentence', async () => {
    expect(await act('scale', '--data', data, '--replicas', '2')).toMatchObject({
      code: 1,
      said: expect.stringMatching(
        /3 copies of each key need as many zones, and there are 2 \(a, b\)/,
      ) as string,
    })
    expect(await act('replace', 'node-9', '--data', data)).toMatchObject({ code: 2 })
    const lock = await lockDataDir(join(data, 'act'))
    expect(await act('scale', '--data', data, '--replicas', '0')).toMatchObject({
      code: 1,
      said: expect.stringContaining(`is being changed already, by process ${process.pid}`) as string,
    })
    await lock.release()
  })

  test('fewer replicas; then the only copy is not given up without a word', async () => {
    expect((await act('scale', '--data', data, '--replicas', '0')).code).toBe(0)
    expect(names()).toHaveLength(1)
    const [last] = names()
    expect(await act('replace', last!, '--data', data)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/holds the only copy of its shard/) as string,
    })
    expect(names()).toEqual([last])
    expect((await act('replace', last!, '--accept-loss', '--data', data)).code).toBe(0)
    expect(names()).not.toContain(last)
    await withStore(async (store) => {
      expect(await store.pipeline([['GET', 'app:{x}']])).toEqual([null])
      expect(await store.pipeline([['SET', 'app:{x}', 'new']])).toHaveLength(1)
    })
  })
})
