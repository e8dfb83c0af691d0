/** Passwords of the store's users: made here, kept in files that their owner alone can read, and shown to the engine as hashes only. */
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

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
  mkdirSync(join(file, '..'), { recursive: true, mode: FOLDER_OWNER_ONLY })
  const fresh = `${file}.${process.pid}.new`
  writeFileSync(fresh, `${password}\n`, { mode: OWNER_ONLY, flush: true })
  chmodSync(fresh, OWNER_ONLY)
  renameSync(fresh, file)
}

export const makePassword = (): string => randomBytes(PASSWORD_BYTES).toString('base64url')
