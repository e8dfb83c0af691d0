/** Backups in a folder: one folder each, which bears its name once it is whole and on the disk. */
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { BackupError, diskFault } from './fault.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { BACKUP_NAME, missing, type BackupPlace } from './place.ts'
import { timeOfName } from './retention.ts'

const DRAFT = '.partial'

export function folderPlace(path: string): BackupPlace {
  const root = resolve(path)
  const tried = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw diskFault(error, root) ?? error
    }
  }
  const readFrom = async (folder: string, name: string, file: string): Promise<Readable> => {
    const handle = await open(join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new BackupError('PART_MISSING', missing(name, file))
      throw new BackupError('PLACE', `${join(folder, file)} cannot be read (${error.code})`)
    })
    await handle.close()
    return createReadStream(join(folder, file))
  }
  return {
    shown: root,
    async names() {
      const found = await readdir(root).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw new BackupError('PLACE', `the folder ${root} cannot be read (${error.code})`)
      })
      return found.filter((name) => BACKUP_NAME.test(name)).sort()
    },
    read: (name, file) => readFrom(join(root, name), name, file),
    files: (name) => tried(readdir(join(root, name))),
    manifest: (name) =>
      readFile(join(root, name, MANIFEST_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
        throw new BackupError('PLACE', `${join(root, name, MANIFEST_FILE)} cannot be read (${error.code})`)
      }),
    async draft(name) {
      const folder = join(root, name + DRAFT)
      await tried(makeFolder(folder))
      return {
        add: (file, from) => tried(copyFile(from, join(folder, file)).then(() => toDisk(join(folder, file)))),
        read: (file) => readFrom(folder, name, file),
        finish: (manifest) =>
          tried(
            (async () => {
              await writeFile(join(folder, MANIFEST_FILE), manifest)
              await toDisk(join(folder, MANIFEST_FILE))
              await toDisk(folder)
              await rename(folder, join(root, name))
              await toDisk(root)
            })(),
          ),
        discard: () => rm(folder, { recursive: true, force: true }),
      }
    },
    async removeRemnants(beforeMs) {
      for (const folder of await readdir(root).catch(() => [])) {
        const name = folder.endsWith(DRAFT) ? folder.slice(0, -DRAFT.length) : ''
        if (BACKUP_NAME.test(name) && timeOfName(name) < beforeMs)
          await tried(rm(join(root, folder), { recursive: true, force: true }))
      }
    },
    async remove(name) {
      // The name goes first: half a backup must not look like one.
      await tried(rename(join(root, name), join(root, name + DRAFT)))
      await rm(join(root, name + DRAFT), { recursive: true, force: true })
    },
  }
}

/** Not by `recursive`: where the system lets no folder be made, as in /proc, Node never ends. */
async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  try {
    await make()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await make()
  }
}

async function toDisk(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
