import { statSync } from 'node:fs'
import { lockDataDir, type DataDirLock } from '../../embedded/data-dir-lock.ts'
import { CommandError } from '../args/exit.ts'

const reasons: Record<string, string> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'part of the path is a file',
  EEXIST: 'it is a file, not a folder',
}

/**
 * Makes the data directory and claims it for this process: two brokers or two store servers over one folder would ruin it.
 * What this process and its children write from now on is for this user alone: events of people lie in it.
 * Throws CommandError with one sentence when the folder cannot be written or is in use.
 */
export async function claimDataDirectory(folder: string): Promise<DataDirLock> {
  process.umask(0o077)
  try {
    return await lockDataDir(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const reason = reasons[code]
    if (reason !== undefined) throw new CommandError(`cannot write to ${folder}: ${reason}.`)
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}.`)
  }
}

/** Somebody else on this machine may look into the folder, which was there before. */
export function isReadByOthers(folder: string): boolean {
  const { mode, uid } = statSync(folder)
  return (mode & 0o077) !== 0 && uid === process.getuid?.()
}
