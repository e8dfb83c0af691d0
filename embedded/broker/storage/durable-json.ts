import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UnusableDataFolder } from '../../data-folder.ts'

/** Replaces a small JSON file: after a crash at any moment the file holds either the old value or the new one. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const next = `${path}.next`
  const file = await open(next, 'w')
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
  await syncFolder(dirname(path))
}

/** The value of a JSON file, or undefined where there is none. Throws on a file that is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new UnusableDataFolder(
      `${path} is not JSON; restore it from a copy, or choose another folder by --data DIR`,
    )
  }
}

/** Makes the names in a folder survive the machine. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
