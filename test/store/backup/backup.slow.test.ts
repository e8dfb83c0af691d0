import { appendFileSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import { shipped } from '../../../model/shipped.ts'
import { apply } from '../../../store/calls/apply.ts'
import { folderPlace } from '../../../store/backup/folder.ts'
import { makeBackup, verifyBackup } from '../../../store/backup/make.ts'
import { restoreBackup } from '../../../store/backup/restore.ts'
import { changeCatalog, definitionHash } from '../../../store/calls/catalog.ts'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { StoreError } from '../../../store/errors.ts'
import { partitionKeys } from '../../../store/keys.ts'
import { open, readPosition } from '../../../store/calls/open.ts'
import { startTestStore, type TestStore } from '../../harness/store.ts'
import { backupOf, everything, newFolder, newKey } from './scratch.ts'

const [source] = readDefinition(shipped)
const def = definitionHash(source!)
const PARTITIONS = 3
vi.setConfig({ testTimeout: 120_000 }) // each starts servers of its own, on a machine that may be busy
let servers: TestStore[]
let store: Store
let target: Store

beforeAll(async () => {
  servers = await Promise.all([startTestStore(), startTestStore()])
  ;[store, target] = (await Promise.all(servers.map(({ url }) => openStore({ url })))) as [Store, Store]
  await store.pipeline([['CONFIG', 'SET', 'repl-diskless-sync-delay', 0]]) // nobody else would share the copy
  for (let partition = 0; partition < PARTITIONS; partition++) await fill(store, partition)
  await changeCatalog(store, source!.name, 0, {
    active: 1,
    partitions: PARTITIONS,
    last: 1,
    put: [{ generation: 1, source: source!, def, state: 'active', sinceMs: 1 }],
  })
  await store.pipeline([
    ['SET', 'app:cart', 'three apples'],
    ['SET', 'app:session', 'soon gone', 'PX', 3_600_000],
    ['XADD', 'app:stream', '5-1', 'a', 'b'],
  ])
})
afterAll(async () => {
  await store?.close()
  await target?.close()
  await Promise.all((servers ?? []).map((server) => server.stop()))
})

/** A partition with many keys, so that its part has many frames. */
async function fill(into: Store, partition: number): Promise<void> {
  const keys = partitionKeys(source!.name, partition, 1)
  await open(into, keys, 0, def, { cluster: 'c', topic: 't' })
  for (let at = 0; at < 20; at++)
    await apply(
      into,
      keys,
      { def, rev: '1' },
      {
        base: at * 10,
        next: at * 10 + 10,
        pos: ['e:counted', at * 10 + 10, 'o:data', at * 10 + 10],
        feedFrom: null,
        ops: Array.from({ length: 20 }, (_, n) => ({
          op: 'h' as const,
          key: keys.of(`c:all:1m:0.${at * 20 + n}`),
          args: [partition, Buffer.from(Array.from({ length: 64 }, () => Math.floor(Math.random() * 256)))],
        })),
      },
    )
}

const emptied = async (): Promise<void> => void (await target.pipeline([['FLUSHALL']]))

test('what is backed up comes out again, key by key, with its times, in a store that was empty', async () => {
  await emptied()
  const place = folderPlace(newFolder())
  const options = backupOf(store, servers[0]!.url, place)
  const steps = new Set<string>()
  const made = await makeBackup({ ...options, progress: (step) => steps.add(step) })
  expect(await place.names()).toEqual([made.name])
  expect([...steps]).toEqual(['copy', 'archive', 'rehearse'])
  expect(made.positions.map(({ partition, next, counted }) => [partition, next, counted])).toEqual([
    [0, 200, 200],
    [1, 200, 200],
    [2, 200, 200],
  ])
  expect(made.sources).toMatchObject([
    { source: source!.name, active: 1, generations: [{ generation: 1, def }] },
  ])
  expect(made.verified.engine).toBe(made.engine)
  await restoreBackup({ store: target, place, key: options.key, name: made.name, agreed: undefined })
  expect(await everything(target)).toEqual(await everything(store))
  expect(Object.keys(await everything(target)).length).toBe(made.keys)
  const position = await readPosition(target, partitionKeys(source!.name, 2, 1), source!)
  expect(position?.state.next).toBe(200)
})

test('big parts are several files; a part of no key is none', async () => {
  const place = folderPlace(newFolder())
  const options = { ...backupOf(store, servers[0]!.url, place), partBytes: 10_000 }
  const made = await makeBackup(options)
  expect(made.parts.filter(({ file }) => file.startsWith(`0-${source!.name}.1-`)).length).toBeGreaterThan(3)
  expect(made.parts.every(({ keys }) => keys > 0)).toBe(true)
  expect((await verifyBackup(options, made.name)).name).toBe(made.name)
})

test('nothing of what is kept can be read without the key', async () => {
  const folder = newFolder()
  const made = await makeBackup(backupOf(store, servers[0]!.url, folderPlace(folder)))
  const bytes = readdirSync(join(folder, made.name))
    .filter((file) => file.endsWith('.part'))
    .map((file) => readFileSync(join(folder, made.name, file), 'latin1'))
    .join('')
  expect(bytes).not.toMatch(/app:cart|three apples|:pos|c:all/)
})

test('each fault has its own sentence: a flipped byte, a missing file, a short one, another key, an altered manifest', async () => {
  const folder = newFolder()
  const place = folderPlace(folder)
  const options = backupOf(store, servers[0]!.url, place)
  const made = await makeBackup(options)
  const { file, bytes } = made.parts.find((one) => one.file.includes(source!.name))!
  const path = join(folder, made.name, file)
  const whole = readFileSync(path)
  const verify = (key = options.key): Promise<unknown> => verifyBackup({ ...options, key }, made.name)

  for (const at of [0, 10, 30, Math.floor(bytes / 2), bytes - 1]) {
    const flipped = Buffer.from(whole)
    flipped[at]! ^= 1
    writeFileSync(path, flipped)
    await expect(verify(), `byte ${at}`).rejects.toThrow(
      `the file ${file} of the backup was changed since it was written`,
    )
  }
  writeFileSync(path, whole)
  appendFileSync(path, 'x')
  await expect(verify()).rejects.toThrow('bytes follow its end')
  writeFileSync(path, whole)
  truncateSync(path, bytes - 100)
  await expect(verify()).rejects.toThrow(`the file ${file} of the backup is cut short`)
  writeFileSync(
    path,
    readFileSync(join(folder, made.name, made.parts.find((one) => one.file !== file)!.file)),
  )
  await expect(verify()).rejects.toThrow('does not bear its seal')
  rmSync(path)
  await expect(verify()).rejects.toThrow(`the file ${file} of backup ${made.name} is missing`)
  writeFileSync(path, whole)
  await expect(verify(newKey())).rejects.toThrow(/was made with another key \([0-9a-f]{16}\)/)
  await verify()

  const manifest = join(folder, made.name, 'manifest.json')
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"next": 200', '"next": 201'))
  await expect(verify()).rejects.toThrow('it does not bear the seal of its key')
  writeFileSync(manifest, 'nothing')
  await expect(verify()).rejects.toThrow('it cannot be read')
  await expect(verifyBackup(options, '20200101T000000Z-0000')).rejects.toThrow('there is no backup')
})

test('of every file a flipped byte is found, and that it is missing; and one that is none of it', async () => {
  const folder = newFolder()
  const options = backupOf(store, servers[0]!.url, folderPlace(folder))
  const made = await makeBackup(options)
  const verify = (): Promise<unknown> => verifyBackup(options, made.name)
  expect(made.parts.length).toBe(PARTITIONS + 1)
  for (const { file, bytes } of made.parts) {
    const path = join(folder, made.name, file)
    const whole = readFileSync(path)
    const flipped = Buffer.from(whole)
    flipped[Math.floor(Math.random() * bytes)]! ^= 1
    writeFileSync(path, flipped)
    await expect(verify()).rejects.toThrow(`the file ${file} of the backup`)
    rmSync(path)
    await expect(verify()).rejects.toThrow(`the file ${file} of backup ${made.name} is missing`)
    writeFileSync(path, whole)
  }
  const stranger = join(folder, made.name, '0-rest-1.part')
  writeFileSync(stranger, 'x')
  await expect(verify()).rejects.toThrow('the file 0-rest-1.part lies among those of backup')
  rmSync(stranger)
  await verify()
})

test('a store that holds something is left alone, unless the backup is agreed to by its name', async () => {
  await emptied()
  const place = folderPlace(newFolder())
  const options = backupOf(store, servers[0]!.url, place)
  const { name } = await makeBackup(options)
  const into = (agreed?: string) => restoreBackup({ store: target, place, key: options.key, name, agreed })
  await fill(target, 7)
  await expect(into()).rejects.toThrow(`to put backup ${name} in their place, add  --yes ${name}`)
  await expect(into('another')).rejects.toThrow('"--yes another" names something else')
  const seven = partitionKeys(source!.name, 7, 1).pos
  expect(await target.pipeline([['EXISTS', seven]])).toEqual([1])
  await target.pipeline([['HSET', seven, 'endAt', Date.now()]])
  await expect(into(name)).rejects.toThrow('ingest counts into this store now')
  await target.pipeline([['HSET', seven, 'endAt', Date.now() - 60_000]])
  await into(name)
  expect(await everything(target)).toEqual(await everything(store))
})

test('a server that is too old for the values says which engine made them', async () => {
  await emptied()
  const place = folderPlace(newFolder())
  const options = backupOf(store, servers[0]!.url, place)
  const { name, verified } = await makeBackup(options)
  const old: Store = {
    ...target,
    pipeline: (commands) =>
      commands[0]?.[0] === 'RESTORE'
        ? Promise.reject(new StoreError('STORE_REFUSED', 'ERR DUMP payload version or checksum are wrong'))
        : target.pipeline(commands),
  }
  await expect(
    restoreBackup({ store: old, place, key: options.key, name, agreed: undefined }),
  ).rejects.toThrow(
    `backup ${name} are as the server wrote them that read the copy (version ${verified.engine}), and this server cannot read them`,
  )
})

test.each(['copy', 'archive', 'rehearse'] as const)(
  'one that is stopped at "%s" ends there and leaves nothing',
  async (at) => {
    const folder = newFolder()
    const stopping = new AbortController()
    const options = backupOf(store, servers[0]!.url, folderPlace(folder))
    const progress = (step: string): void => (step === at ? stopping.abort() : undefined)
    await expect(makeBackup({ ...options, progress, stop: stopping.signal })).rejects.toThrow(
      'the backup was stopped before it was whole; nothing of it is kept',
    )
    expect(readdirSync(folder)).toEqual([])
  },
)

test('a backup that cannot be finished leaves nothing', async () => {
  const folder = newFolder()
  const options = backupOf(store, servers[0]!.url, folderPlace(folder))
  await expect(
    makeBackup({
      ...options,
      scratch: async () => ({
        ...(await options.scratch()),
        start: () => Promise.reject(new Error('no server')),
      }),
    }),
  ).rejects.toThrow('the copy could not be read: no server')
  expect(readdirSync(folder)).toEqual([])
  await expect(
    makeBackup({ ...options, access: { user: 'nobody', password: () => 'wrong' } }),
  ).rejects.toThrow('does not take this user and password')
  expect(readdirSync(folder)).toEqual([])
})
