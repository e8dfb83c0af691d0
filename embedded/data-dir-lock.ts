import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { inDataFolder, makeDataFolder } from './data-folder.ts'

const FILE = 'lock'

export interface DataDirLock {
  release(): Promise<void>
}

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot at which it started; null where the system does not tell. */
  readonly startedAt: string | null
}

/**
 * Takes a data folder for this process alone. A lock whose process is dead is taken over; one that lives is an error that
 * names it.
 *
 * The lock is the file `lock.<n>` of the highest number, and numbers only grow: who finds the holder of n gone or done links
 * n + 1, which the file system grants to one process. A starter that slept meanwhile may still link a number that its
 * successors have cleared away; it then sees a higher one, and yields. A file appears whole (written aside, then linked).
 *
 * Throws UnusableDataFolder where the folder cannot be made or written.
 */
export function lockDataDir(dir: string): Promise<DataDirLock> {
  return inDataFolder(resolve(dir), () => takeLock(resolve(dir)))
}

async function takeLock(dir: string): Promise<DataDirLock> {
  await makeDataFolder(dir) // events of people lie in it
  const aside = join(dir, `${FILE}-${process.pid}-${randomUUID()}`)
  await writeFile(aside, JSON.stringify(await identityOf(process.pid)))
  try {
    for (;;) {
      const highest = (await numbers(dir)).at(-1) ?? 0
      const holder = await readIdentity(pathOf(dir, highest))
      if (holder !== null && (await isAlive(holder))) {
        throw new Error(
          `the data folder ${dir} is in use by process ${holder.pid}; stop that process or choose another folder`,
        )
      }
      const mine = highest + 1
      if (!(await linked(aside, pathOf(dir, mine)))) continue
      const all = await numbers(dir)
      const others = all.filter((number) => number !== mine)
      const isMine = mine === all.at(-1)
      for (const number of isMine ? others : [mine]) await rm(pathOf(dir, number), { force: true })
      if (isMine) return releasableOnce(pathOf(dir, mine))
    }
  } finally {
    await rm(aside, { force: true })
  }
}

const pathOf = (dir: string, number: number): string => join(dir, `${FILE}.${number}`)

/** The numbers of the lock files, ascending. */
async function numbers(dir: string): Promise<readonly number[]> {
  const names = (await readdir(dir)).filter((name) => /^lock\.\d{1,15}$/.test(name))
  return names.map((name) => Number(name.slice(FILE.length + 1))).sort((a, b) => a - b)
}

function releasableOnce(path: string): DataDirLock {
  let released: Promise<void> | null = null
  return { release: () => (released ??= release(path)) }
}

/** The file stays, so that the next number is a higher one; it only says that nobody holds it. */
async function release(path: string): Promise<void> {
  const next = `${path}-released`
  try {
    await writeFile(next, 'released')
    await rename(next, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error // the whole folder is gone
  }
}

/** False = the name is taken. */
function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
}

async function readIdentity(path: string): Promise<ProcessIdentity | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<ProcessIdentity>
    return typeof value.pid === 'number' ? { pid: value.pid, startedAt: value.startedAt ?? null } : null
  } catch {
    return null
  }
}

/** Who a running process is. */
export async function identityOf(pid: number): Promise<ProcessIdentity> {
  return { pid, startedAt: await startOf(pid) }
}

/** Does exactly this process still run? A zombie does not. */
export async function isAlive(process_: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(process_.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const start = await startOf(process_.pid)
  return process_.startedAt === null || start === null || start === process_.startedAt
}

/** Field 22 of /proc/<pid>/stat, counted behind the name, which may itself hold spaces and brackets. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
}
