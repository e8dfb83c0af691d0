/** A server of another engine than the store's reads the copy: whether the store itself can read what comes out of it is said at once. */
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { folderPlace } from '../../../store/backup/folder.ts'
import { makeBackup } from '../../../store/backup/make.ts'
import { restoreBackup } from '../../../store/backup/restore.ts'
import { openStore, type Store } from '../../../store/connection/connection.ts'
import { needs } from '../../harness/needs.ts'
import { startTestStore, storeBeforeWaitaof, storeBinaries, type TestStore } from '../../harness/store.ts'
import { backupOf, newFolder, scratch } from './scratch.ts'

const { describe, test } = needs('store-before-waitaof')
vi.setConfig({ testTimeout: 60_000 })

describe('a store of an older engine', () => {
  let server: TestStore
  let store: Store

  beforeAll(async () => {
    server = await startTestStore({ binaries: storeBeforeWaitaof()! })
    store = await openStore({ url: server.url })
  })
  afterAll(async () => {
    await store?.close()
    await server?.stop()
  })

  test.each(['its own', 'the newest'])('whose copy is read by a server of %s', async (reader) => {
    const binary = reader === 'its own' ? storeBeforeWaitaof()!.server : storeBinaries().server
    await store.pipeline([['SET', 'app:1', 'one']])
    const said: string[] = []
    const place = folderPlace(newFolder())
    const options = { ...backupOf(store, server.url, place), scratch: () => scratch(binary) }
    const made = await makeBackup({ ...options, log: (line) => said.push(line) })
    await store.pipeline([['UNLINK', 'app:1']])
    const restored = restoreBackup({ store, place, key: options.key, name: made.name, agreed: undefined })
    if (made.verified.engine === made.engine) {
      await restored
      expect(await store.pipeline([['GET', 'app:1']])).toEqual([Buffer.from('one')])
      expect(said).toEqual([])
      return
    }
    await expect(restored).rejects.toThrow(
      `(version ${made.verified.engine}), and this server cannot read them`,
    )
    expect(said).toEqual([
      expect.stringMatching(
        /can be restored into Valkey [\d.]+ or newer, not into Redis [\d.]+, of which it was made/,
      ),
    ])
  })
})
