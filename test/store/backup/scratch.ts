/** What tests of backups share: servers of their own, a key, a folder. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { scratchSpaces } from '../../../cli/commands/store/backup-output.ts'
import { parseStoreAddress } from '../../../store/connection/address.ts'
import { readKey } from '../../../store/backup/key.ts'
import type { BackupOptions } from '../../../store/backup/options.ts'
import type { BackupPlace } from '../../../store/backup/place.ts'
import type { ScratchSpace } from '../../../store/backup/scratch.ts'
import type { Store } from '../../../store/connection/connection.ts'
import { storeBinaries } from '../../harness/store.ts'

export const newKey = (): ReturnType<typeof readKey> => readKey(randomBytes(32), 'key')

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-backups-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** `server`: the program that reads copies. */
export const scratch = (server = storeBinaries().server): Promise<ScratchSpace> => scratchSpaces(server)()

export const backupOf = (
  store: Store,
  url: string,
  place: BackupPlace,
  key = newKey(),
): BackupOptions & { key: typeof key } => ({
  store,
  address: parseStoreAddress(url),
  access: {},
  place,
  key,
  version: '0.0.0',
  scratch: () => scratch(),
})

/** Every key with its value and its time. */
export async function everything(of: Store): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const keys of of.scan('*'))
    for (const key of keys) {
      // A big hash has no order of its own: two that are equal may dump differently.
      const [dump, expires] = (await of.pipeline([
        key.endsWith(':catalog') ? ['HGETALL', key] : ['DUMP', key],
        ['PEXPIRETIME', key],
      ])) as [Buffer | Buffer[], number]
      found[key] =
        `${Buffer.isBuffer(dump) ? dump.toString('base64') : dump.map(String).sort().join()} ${expires}`
    }
  return found
}
