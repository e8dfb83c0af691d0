import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

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
 * names it. The lock file appears whole (written aside, then linked), so nobody ever reads half of it.
 */
export async function lockDataDir(dir: string): Promise<DataDirLock> {
  await mkdir(dir, { recursive: true })
  const path = join(dir, FILE)
  const mine = join(dir, `${FILE}.${process.pid}.${randomUUID()}`)
  await writeFile(mine, JSON.stringify(await identityOf(process.pid)))
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (await linked(mine, path)) return { release: () => rm(path, { force: true }) }
      const holder = await readIdentity(path)
      if (holder !== null && (await isAlive(holder))) throw inUse(dir, holder)
      await removeStale(path, `${mine}.stale`, dir)
    }
    throw new Error(`the data folder ${dir} could not be locked: ${path} keeps changing`)
  } finally {
    await rm(mine, { force: true })
  }
}

const inUse = (dir: string, holder: ProcessIdentity): Error =>
  new Error(`the data folder ${dir} is in use by process ${holder.pid}; stop that process or choose another folder`)

async function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
}

/** Moves a stale lock away. Another starter may have replaced it since it was read: a live one is put back. */
async function removeStale(path: string, aside: string, dir: string): Promise<void> {
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const holder = await readIdentity(aside)
  const isLive = holder !== null && (await isAlive(holder))
  if (isLive) await linked(aside, path)
  await rm(aside, { force: true })
  if (isLive) throw inUse(dir, holder)
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
