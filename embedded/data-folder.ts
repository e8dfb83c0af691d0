import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const reasons: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'part of the path is a file',
  EEXIST: 'it is a file, not a folder',
  ENOENT: 'this file system takes no new files',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
  EIO: 'the disk reports an error',
}

/** A data folder in which nothing can be kept: another start with the same setting cannot work either. */
export class UnusableDataFolder extends Error {
  override readonly name = 'UnusableDataFolder'
}

/** `work` on the files of a folder; what the system refuses is an UnusableDataFolder that names the folder. */
export async function inDataFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) throw error
    throw new UnusableDataFolder(
      `cannot write to ${folder}: ${reasons[code] ?? code}; choose another folder by --data DIR`,
    )
  }
}

/**
 * Makes a folder and those above it, for this user alone. One at a time: the recursive `mkdir` of Node never ends where a file system answers that the
 * new entry does not exist (/proc).
 */
export async function makeDataFolder(dir: string): Promise<void> {
  const missing: string[] = []
  for (let at = dir; !(await exists(at)); at = dirname(at)) {
    missing.unshift(at)
    if (dirname(at) === at) break
  }
  for (const folder of missing)
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error // another process was faster
    })
  if (!(await stat(dir)).isDirectory()) throw Object.assign(new Error(dir), { code: 'EEXIST' })
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
