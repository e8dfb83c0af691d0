/** Passwords of the store's users: made here, kept in files that their owner alone can read, and shown to the engine as hashes only. */
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const PASSWORD_BYTES = 32
const OWNER_ONLY = 0o600
const FOLDER_OWNER_ONLY = 0o700

export const passwordFile = (folder: string, user: string): string => join(folder, `${user}.password`)

/** As the engine stores it. */
export const passwordHash = (password: string): string => createHash('sha256').update(password).digest('hex')

/** null = there is none yet. Throws what reading throws, and where others may read the file. */
export function readPasswordFile(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Writes a new password; whoever reads the file sees the old one or the new one, whole. */
export function writePasswordFile(file: string, password: string): void {
  makeFolder(dirname(file))
  const fresh = `${file}.${process.pid}.new`
  writeFileSync(fresh, `${password}\n`, { mode: OWNER_ONLY, flush: true })
  chmodSync(fresh, OWNER_ONLY)
  renameSync(fresh, file)
}

/** Not by `recursive`: where the system lets no folder be made, as in /proc, Node never ends. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: FOLDER_OWNER_ONLY })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error
    makeFolder(dirname(path))
    mkdirSync(path, { mode: FOLDER_OWNER_ONLY })
  }
}

export const makePassword = (): string => randomBytes(PASSWORD_BYTES).toString('base64url')
