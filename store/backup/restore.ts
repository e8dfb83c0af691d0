/** Puts a backup into a store: an empty one, or in place of what is there where a person says so. The workers then replay the log from where it stood. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { openStoreClock } from '../calls/clock.ts'
import type { Store } from '../connection/connection.ts'
import { isKeeperKey } from '../keeper-keys.ts'
import { slotOfTag } from '../keys.ts'
import { BackupError } from './fault.ts'
import type { BackupKey } from './key.ts'
import { loadParts } from './load.ts'
import { manifestOf } from './make.ts'
import type { Manifest } from './manifest.ts'
import type { BackupProgress } from './options.ts'
import type { BackupPlace } from './place.ts'
import { alone } from './restore-lease.ts'

/** A worker says at least once a second that it lives. */
const LIVING_MS = 10_000

export interface RestoreOptions {
  readonly store: Store
  readonly place: BackupPlace
  readonly key: BackupKey
  readonly name: string
  /** Must be the name of the backup where the store is not empty. */
  readonly agreed: string | undefined
  readonly progress?: BackupProgress
}

/** Throws BackupError, StoreError. */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const manifest = await manifestOf(options.place, options.name, options.key)
  return alone(options.store, `${hostname()} ${process.pid} ${randomUUID()}`, () => put(options, manifest))
}

async function put(options: RestoreOptions, manifest: Manifest): Promise<Manifest> {
  const { store, place, key, name, agreed, progress } = options
  const held = await keysHeld(store)
  if (held > 0) {
    await refuseWhileCounted(store)
    if (agreed !== name)
      throw new BackupError(
        'NOT_AGREED',
        `the store is not empty: it holds ${held} keys of Tidemark, which would go. Nothing was changed: ${agreed === undefined ? '' : `"--yes ${agreed}" names something else; `}to put backup ${name} in their place, add  --yes ${name}`,
      )
    await empty(store)
  }
  const read = (file: string) => place.read(name, file)
  await loadParts({
    store,
    key,
    manifest,
    read,
    progress: (keys, total) => progress?.('restore', keys, total),
  })
  return manifest
}

async function keysHeld(store: Store): Promise<number> {
  let held = 0
  for await (const keys of store.scan('tm:*')) held += keys.filter((key) => !isKeeperKey(key)).length
  return held
}

/** A worker would take what is taken away for a loss, and count anew beside what is put back. */
export async function refuseWhileCounted(store: Store): Promise<void> {
  const clock = openStoreClock(store)
  try {
    await clock.begun
    for await (const keys of store.scan('tm:{*}:g*:pos')) {
      for (const key of keys) {
        const [endAt] = (await store.pipeline([['HGET', key, 'endAt']])) as [Buffer | null]
        const silentMs = clock.now() - Number(endAt ?? 0)
        if (silentMs < LIVING_MS)
          throw new BackupError(
            'NOT_AGREED',
            `ingest counts into this store now (${key} was written ${Math.max(0, Math.round(silentMs / 1000))} s ago): stop it, wait ${LIVING_MS / 1000} s, and restore then`,
          )
      }
    }
  } finally {
    clock.close()
  }
}

async function empty(store: Store): Promise<void> {
  for await (const keys of store.scan('tm:*')) {
    const going = keys.filter((key) => !isKeeperKey(key))
    const bySlot = new Map<number, string[]>()
    for (const key of going) {
      const slot = slotOfTag(/\{([^{}]+)\}/.exec(key)?.[1] ?? key)
      bySlot.set(slot, [...(bySlot.get(slot) ?? []), key])
    }
    await Promise.all([...bySlot.values()].map((some) => store.pipeline([['UNLINK', ...some]])))
  }
}
