/** A store that gives no copy of itself, while it is written to: what comes out of its backup is one moment of each partition, and the newest of what others keep. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readDefinition } from '../../../model/definition/file.ts'
import { shipped } from '../../../model/shipped.ts'
import { apply } from '../../../store/calls/apply.ts'
import { folderPlace } from '../../../store/backup/folder.ts'
import { makeBackup } from '../../../store/backup/make.ts'
import { restoreBackup } from '../../../store/backup/restore.ts'
import { changeCatalog, definitionHash } from '../../../store/calls/catalog.ts'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { partitionKeys } from '../../../store/keys.ts'
import { open } from '../../../store/calls/open.ts'
import { startManagedStore, type ManagedStore } from '../../harness/managed-store.ts'
import { startTestStore, type TestStore } from '../../harness/store.ts'
import { backupOf, newFolder } from './scratch.ts'

const [source] = readDefinition(shipped)
const def = definitionHash(source!)
const PARTITIONS = 3
const KEYS = 4000
const WRITTEN_A_CALL = 30
/** Calls before the backup begins. */
const BEGUN = 300
vi.setConfig({ testTimeout: 120_000 })
let managed: ManagedStore
let plain: TestStore
let store: Store
let target: Store

beforeAll(async () => {
  ;[managed, plain] = await Promise.all([startManagedStore(), startTestStore()])
  store = await openStore({ url: managed.url })
  target = await openStore({ url: plain.url })
})
afterAll(async () => {
  await store?.close()
  await target?.close()
  await Promise.all([managed?.stop(), plain?.stop()])
})

/** What the n-th call of a partition does: a pure function, so that the state after it is one too. Some keys come again and again, some once, some go. */
function callOf(partition: number, n: number): { written: string[]; gone: string[] } {
  const names = Array.from({ length: WRITTEN_A_CALL }, (_, at) =>
    at < 3
      ? `c:all:1m:0.${at}`
      : at < 5
        ? `c:all:1m:1.${n * 2 + at}`
        : `c:all:1m:2.${((n * 7919 + at * 104_729 + partition) >>> 0) % KEYS}`,
  )
  return { written: [...new Set(names)], gone: n % 5 === 4 ? [`c:all:1m:1.${(n - 4) * 2 + 3}`] : [] }
}

function stateAfter(partition: number, calls: number): Map<string, number> {
  const state = new Map<string, number>()
  for (let n = 0; n < calls; n++) {
    const { written, gone } = callOf(partition, n)
    for (const key of written) state.set(key, n)
    for (const key of gone) state.delete(key)
  }
  return state
}

async function write(partition: number, from: number, more: () => boolean): Promise<number> {
  const keys = partitionKeys(source!.name, partition, 1)
  let n = from
  for (; more(); n++) {
    const { written, gone } = callOf(partition, n)
    await apply(
      store,
      keys,
      { def, rev: '1' },
      {
        base: n,
        next: n + 1,
        pos: ['e:counted', n + 1],
        feedFrom: null,
        ops: [
          ...written.map((key) => ({ op: 'h' as const, key: keys.of(key), args: ['n', n] })),
          ...gone.map((key) => ({ op: 'd' as const, key: keys.of(key), args: [] })),
        ],
      },
    )
    if (n > BEGUN) await sleep(2) // reader and writers share this process
  }
  return n
}

async function stateIn(
  from: Store,
  partition: number,
): Promise<{ calls: number; state: Map<string, number> }> {
  const keys = partitionKeys(source!.name, partition, 1)
  const state = new Map<string, number>()
  let calls = 0
  for await (const names of from.scan(`${keys.prefix}*`)) {
    const found = await from.pipeline(names.map((name) => ['HGET', name, name === keys.pos ? 'next' : 'n']))
    for (const [at, name] of names.entries())
      if (name === keys.pos) calls = Number(found[at])
      else state.set(name.slice(keys.prefix.length), Number(found[at]))
  }
  return { calls, state }
}

test('each partition is of one moment, though it changes all the while', async () => {
  for (let partition = 0; partition < PARTITIONS; partition++)
    await open(store, partitionKeys(source!.name, partition, 1), 0, def, { cluster: 'c', topic: 't' })
  await changeCatalog(store, source!.name, 0, {
    active: 1,
    partitions: PARTITIONS,
    last: 1,
    put: [{ generation: 1, source: source!, def, state: 'active', sinceMs: 1 }],
  })
  const binary = Buffer.from([0x61, 0xff, 0x00, 0x80, 0x0a])
  await store.pipeline([['SET', binary, Buffer.from([0xfe, 0x0d, 0x0a])]])
  await store.pipeline([['SET', 'app:session', 'soon gone', 'PX', 3_600_000]])
  const place = folderPlace(newFolder())
  const state = { isOver: false }
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  const begun = await Promise.all(
    partitions.map((partition) => {
      let left = BEGUN
      return write(partition, 0, () => left-- > 0)
    }),
  )
  const writing = partitions.map((partition) => write(partition, begun[partition]!, () => !state.isOver))
  const options = backupOf(store, managed.url, place)
  const [said, steps]: [string[], Set<string>] = [[], new Set()]
  const made = await makeBackup({
    ...options,
    log: (line) => said.push(line),
    progress: (step) => steps.add(step),
  }).finally(() => (state.isOver = true))
  const ended = await Promise.all(writing)
  expect(said).toEqual([
    expect.stringMatching(
      /gives no copy of itself \(ERR unknown command.*: its keys are read one by one instead/,
    ),
  ])
  expect([...steps]).toEqual(['keys', 'archive', 'rehearse'])

  await restoreBackup({ store: target, place, key: options.key, name: made.name, agreed: undefined })
  for (const partition of partitions) {
    const { calls, state: found } = await stateIn(target, partition)
    expect(calls).toBe(made.positions.find((one) => one.partition === partition)!.next)
    expect(calls).toBeGreaterThanOrEqual(begun[partition]!)
    expect(calls).toBeLessThanOrEqual(ended[partition]!)
    expect(found).toEqual(stateAfter(partition, calls))
  }
  // They wrote while it was read, so that a copy without the rule would be of several moments.
  expect(ended.some((end, partition) => end > begun[partition]! + 20)).toBe(true)
  const [value, expires] = await target.pipeline([
    ['GET', binary],
    ['PEXPIRETIME', 'app:session'],
  ])
  expect(value).toEqual(Buffer.from([0xfe, 0x0d, 0x0a]))
  expect(Number(expires)).toBeGreaterThan(Date.now())
})
