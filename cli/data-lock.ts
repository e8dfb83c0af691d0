import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from './exit.ts'

const reasons: Record<string, string> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'part of the path is a file',
  EEXIST: 'it is a file, not a folder',
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Whether the process that wrote the lock lives. Where /proc can tell, another program with the same number does not count. */
function holderLives(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
  try {
    return /main\.js|start\.mjs/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return true
  }
}

/**
 * Makes the data directory and claims it for this process: two brokers or two store servers over one folder would ruin it.
 * Answers the release. Throws CommandError with one sentence when the folder cannot be written or is in use.
 */
export function claimDataDirectory(folder: string): () => void {
  const file = join(folder, 'up.pid')
  try {
    mkdirSync(folder, { recursive: true })
    for (let tries = 0; ; tries++) {
      try {
        writeFileSync(file, `${process.pid}\n`, { flag: 'wx' })
        return () => rmSync(file, { force: true })
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || tries > 2) throw error
      }
      const pid = Number(readFileSync(file, 'utf8'))
      if (pid !== process.pid && pid > 0 && holderLives(pid))
        throw new CommandError(`tidemark is already running on ${folder} (process ${pid}); stop that one, or choose another folder by --data DIR.`)
      rmSync(file, { force: true })
    }
  } catch (error) {
    if (error instanceof CommandError) throw error
    const code = codeOf(error)
    throw new CommandError(`cannot write to ${folder}: ${reasons[code] ?? (error instanceof Error ? error.message : String(error))}.`)
  }
}
