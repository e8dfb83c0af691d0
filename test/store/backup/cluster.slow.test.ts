/** Three shards over TLS, copied from their replicas by a user who may only read, and put into stores of other shapes. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { startUpkeep } from '../../../cli/commands/store/upkeep.ts'
import { readDefinition } from '../../../model/definition/file.ts'
import { shipped } from '../../../model/shipped.ts'
import { parseStoreAddress } from '../../../store/connection/address.ts'
import { apply } from '../../../store/calls/apply.ts'
import { positionOf } from '../../../store/backup/collect.ts'
import { folderPlace } from '../../../store/backup/folder.ts'
import { makeBackup, verifyBackup } from '../../../store/backup/make.ts'
import type { Manifest } from '../../../store/backup/manifest.ts'
import { restoreBackup } from '../../../store/backup/restore.ts'
import { refuseMissing, standingIn } from '../../../store/backup/shards.ts'
import { changeCatalog, definitionHash } from '../../../store/calls/catalog.ts'
import type { StoreAccess } from '../../../store/connection/client.ts'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { newestEvents } from '../../../store/keeper/events.ts'
import { isKeeperKey } from '../../../store/keeper-keys.ts'
import { partitionKeys } from '../../../store/keys.ts'
import { open } from '../../../store/calls/open.ts'
import { needs } from '../../harness/needs.ts'
import { startSecuredStore, type SecuredStore } from '../../harness/secured-store.ts'
import { tlsStore } from '../../harness/store.ts'
import { makeUsers, type TestUsers } from '../../harness/users.ts'
import { backupOf, everything, newFolder, newKey, scratch } from './scratch.ts'

const [source] = readDefinition(shipped)
const def = definitionHash(source!)
const PARTITIONS = 8
const SHARDS = 3
const patience = { timeout: 60_000, interval: 100 }
const { describe, test } = needs('store-tls', 'openssl')
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

describe('a cluster', () => {
  let cluster: SecuredStore
  let smaller: SecuredStore
  let single: SecuredStore
  let users: TestUsers
  const opened: Store[] = []

  beforeAll(async () => {
    ;[cluster, smaller, single] = await Promise.all([
      startSecuredStore({ masters: SHARDS, replicas: 1, tls: true }),
      // Of the same engine: another one writes down the same values in other bytes.
      startSecuredStore({ masters: 2, binary: tlsStore()!.server }),
      startSecuredStore({ binary: tlsStore()!.server }),
    ])
    const ca = readFileSync(cluster.ca, 'utf8')
    users = await makeUsers(urlOf(cluster, 'rediss'), cluster.ca)
    const store = await admin(cluster, 'rediss', ca)
    for (let partition = 0; partition < PARTITIONS; partition++) await fill(store, partition)
    await changeCatalog(store, source!.name, 0, {
      active: 1,
      partitions: PARTITIONS,
      last: 1,
      put: [{ generation: 1, source: source!, def, state: 'active', sinceMs: 1 }],
    })
    for (let n = 0; n < 40; n++) await store.pipeline([['SET', `app:${n}`, `value ${n}`]])
  })
  afterAll(async () => {
    for (const store of opened) await store.close()
    users?.remove()
    await Promise.all([cluster, smaller, single].map((one) => one?.stop()))
  })

  const urlOf = ({ nodes, ports }: SecuredStore, scheme: string): string =>
    `${scheme}${ports.length > 1 ? '+cluster' : ''}://${nodes}`

  async function admin(of: SecuredStore, scheme: string, ca?: string): Promise<Store> {
    const store = await openStore({
      url: urlOf(of, scheme),
      access: { user: 'default', password: () => 'admin', ...(ca !== undefined && { ca }) },
    })
    opened.push(store)
    return store
  }

  async function forks(): Promise<number[]> {
    const all = cluster.ports.map((_, server) => cluster.ask(server, 'INFO', 'stats'))
    return (await Promise.all(all)).map((text) => Number(/total_forks:(\d+)/.exec(String(text))?.[1]))
  }

  async function backedUp(
    access: StoreAccess,
  ): Promise<{ made: Manifest; said: string[]; restoreInto: (target: Store) => Promise<void> }> {
    const store = await openStore({ url: urlOf(cluster, 'rediss'), access })
    opened.push(store)
    const place = folderPlace(newFolder())
    const options = {
      ...backupOf(store, urlOf(cluster, 'rediss'), place),
      access,
      scratch: () => scratch(tlsStore()!.server),
    }
    const said: string[] = []
    const made = await makeBackup({ ...options, log: (line) => said.push(line) })
    const { key } = options
    return {
      made,
      said,
      async restoreInto(target) {
        for await (const keys of target.scan('*'))
          for (const key of keys) await target.pipeline([['UNLINK', key]])
        await restoreBackup({ store: target, place, key, name: made.name, agreed: undefined })
      },
    }
  }

  const access = (user: string, password: () => string): StoreAccess => ({
    user,
    password,
    ca: readFileSync(cluster.ca, 'utf8'),
  })

  test('is copied from its replicas by the user of least rights, and comes out in two shards and in one server', async () => {
    const before = await forks()
    const { made, said, restoreInto } = await backedUp(access('backup', () => users.password('backup')))
    expect(said).toEqual([])
    const after = await forks()
    expect(after.slice(0, SHARDS)).toEqual(before.slice(0, SHARDS))
    expect(after.slice(SHARDS).every((count, at) => count > before[SHARDS + at]!)).toBe(true)
    expect(new Set(made.parts.map(({ node }) => node)).size).toBe(SHARDS)
    expect(made.positions.map(({ partition, next }) => [partition, next]).sort()).toEqual(
      Array.from({ length: PARTITIONS }, (_, partition) => [partition, 10]),
    )
    const was = await everything(opened[0]!)
    for (const other of [smaller, single]) {
      const target = await admin(other, 'redis')
      await restoreInto(target)
      expect(await everything(target)).toEqual(was)
    }
  })

  test('is kept by whoever keeps the store: by its schedule, from replicas, by the rule of what stays; and a new cluster is made of it', async () => {
    const store = opened[0]!
    const place = folderPlace(newFolder())
    const key = newKey()
    const [before, began] = [await forks(), await newestEvents(store, 1)]
    const settings = {
      url: urlOf(cluster, 'rediss'),
      access: { user: 'default', password: () => 'admin', ca: readFileSync(cluster.ca, 'utf8') },
    }
    const backup = {
      place,
      key,
      keep: { ageMs: null, count: 2 },
      newKeyFile: null,
      binary: tlsStore()!.server,
      everyMs: 1000,
      login: { user: 'backup', password: () => users.password('backup') },
    }
    const said: string[] = []
    const keep = () =>
      startUpkeep({
        store,
        settings,
        upkeep: { backup, window: null, webhook: null },
        kind: 'serve',
        log: (line, level) => level === 'warn' && said.push(line),
        now: Date.now,
        lookEveryMs: 50,
      })
    const madeSince = async (): Promise<number> =>
      (await newestEvents(store, 100)).filter(
        ({ id, kind, text }) => id !== began[0]?.id && kind === 'backup' && !text.startsWith('deleted'),
      ).length
    const first = keep()
    await expect.poll(madeSince, patience).toBeGreaterThanOrEqual(2)
    // Another one takes over where it stood.
    await first()
    const made = await madeSince()
    const second = keep()
    await expect.poll(madeSince, patience).toBeGreaterThan(made)
    await expect
      .poll(
        async () => (await newestEvents(store, 100)).some(({ text }) => text.startsWith('deleted')),
        patience,
      )
      .toBe(true)
    await second()
    expect(said).toEqual([])
    expect((await newestEvents(store, 100)).filter(({ kind }) => kind === 'backup failed')).toEqual([])
    expect((await place.names()).length).toBeLessThanOrEqual(3)
    expect((await forks()).slice(0, SHARDS)).toEqual(before.slice(0, SHARDS))
    const name = (await place.names()).at(-1)!
    await verifyBackup({ place, key, scratch: () => scratch(tlsStore()!.server) }, name)
    const target = await admin(smaller, 'redis')
    for await (const keys of target.scan('*'))
      for (const one of keys) await target.pipeline([['UNLINK', one]])
    await restoreBackup({ store: target, place, key, name, agreed: undefined })
    const counted = async (of: Store): Promise<Record<string, string>> =>
      Object.fromEntries(Object.entries(await everything(of)).filter(([one]) => !isKeeperKey(one)))
    expect(await counted(target)).toEqual(await counted(store))
    for await (const keys of store.scan('tm:*'))
      for (const one of keys) if (isKeeperKey(one)) await store.pipeline([['UNLINK', one]])
  })

  test('a partition that moved from node to node between its copies is missed', async () => {
    const store = opened[0]!
    const standing = await standingIn(store, parseStoreAddress(urlOf(cluster, 'rediss')))
    expect(standing.length).toBe(PARTITIONS)
    const positions = await Promise.all(standing.map((key) => positionOf(store, key)))
    await refuseMissing(store, standing, positions.flat())
    await expect(refuseMissing(store, standing, positions.slice(1).flat())).rejects.toThrow(
      `${standing[0]} is in none of the copies`,
    )
    // What does not stand any more was retired.
    await refuseMissing(store, ['tm:{clicks/0~ab}:g99:pos'], [])
  })

  test('is read key by key by a user who may not follow it', async () => {
    await Promise.all(
      cluster.ports.map((_, server) =>
        cluster.ask(
          server,
          'ACL',
          'SETUSER',
          'reader',
          'on',
          '>reader',
          '%R~*',
          ...'-@all +@read +@connection +multi +exec +info +time +cluster|slots +cluster|info'.split(' '),
        ),
      ),
    )
    const { made, said, restoreInto } = await backedUp(access('reader', () => 'reader'))
    expect(said.length).toBe(SHARDS)
    expect(said[0]).toMatch(/its user lacks \+sync and \+replconf\): its keys are read one by one/)
    expect(made.positions.length).toBe(PARTITIONS)
    const target = await admin(single, 'redis')
    await restoreInto(target)
    expect(await everything(target)).toEqual(await everything(opened[0]!))
  })

  test('whose slots move meanwhile is refused, in one sentence', async () => {
    const real = opened[0]!
    const place = folderPlace(newFolder())
    const options = {
      ...backupOf(real, urlOf(cluster, 'rediss'), place),
      access: access('default', () => 'admin'),
    }
    let looks = 0
    // The second look at the slots finds some elsewhere.
    const store: Store = {
      ...real,
      async everywhere(command) {
        const told = await real.everywhere(command)
        if (command[1] !== 'SLOTS' || looks++ === 0) return told
        return told.map(({ node, reply }) => ({ node, reply: (reply as unknown[]).slice(1) }))
      },
    }
    await expect(makeBackup({ ...options, store })).rejects.toThrow(
      'slots of the cluster moved while it was copied: take the backup once the move is over',
    )
  })
})

async function fill(into: Store, partition: number): Promise<void> {
  const keys = partitionKeys(source!.name, partition, 1)
  await open(into, keys, 0, def, { cluster: 'c', topic: 't' })
  const ops = Array.from({ length: 50 }, (_, n) => ({
    op: 'h' as const,
    key: keys.of(`c:all:1m:0.${n}`),
    args: ['n', `${partition} ${n}`],
  }))
  await apply(
    into,
    keys,
    { def, rev: '1' },
    { base: 0, next: 10, pos: ['e:counted', 10, 'o:data', 10], feedFrom: null, ops },
  )
}
