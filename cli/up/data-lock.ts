import { statSync } from 'node:fs'
import { lockDataDir, type DataDirLock } from '../../embedded/data-dir-lock.ts'
import { inDataFolder, makeDataFolder, UnusableDataFolder } from '../../embedded/data-folder.ts'
import { CommandError, exitCodes } from '../args/exit.ts'

/** The folder of the children's logs, below the data directory. Throws CommandError as claimDataDirectory does. */
export async function makeLogFolder(folder: string): Promise<void> {
  await inDataFolder(folder, () => makeDataFolder(folder)).catch(explain)
}

function explain(error: unknown): never {
  throw new CommandError(
    `${error instanceof Error ? error.message : String(error)}.`,
    error instanceof UnusableDataFolder ? exitCodes.config : exitCodes.failed,
  )
}

/**
 * Makes the data directory and claims it for this process: two brokers or two store servers over one folder would ruin it.
 * What this process and its children write from now on is for this user alone: events of people lie in it.
 * Throws CommandError with one sentence when the folder cannot be written or is in use.
 */
export async function claimDataDirectory(folder: string): Promise<DataDirLock> {
  process.umask(0o077)
  return lockDataDir(folder).catch(explain)
}

/** Somebody else on this machine may look into the folder, which was there before. */
export function isReadByOthers(folder: string): boolean {
  const { mode, uid } = statSync(folder)
  return (mode & 0o077) !== 0 && uid === process.getuid?.()
}
