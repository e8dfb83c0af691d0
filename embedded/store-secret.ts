import { randomBytes } from 'node:crypto'
import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UnusableDataFolder } from './data-folder.ts'

const BYTES = 32

/** Where the password of a supervised server lies, in its data folder. */
export const passwordFileOf = (dataDir: string): string => join(dataDir, 'password')

/**
 * The password of the server over a data folder, made at its first start and kept: other users of the machine reach the port, but neither the folder nor
 * this file. Hexadecimal, so that it needs no quoting anywhere.
 */
export async function keepPassword(dataDir: string): Promise<string> {
  await chmod(dataDir, 0o700)
  const file = passwordFileOf(dataDir)
  const made = `${file}.${process.pid}`
  await writeFile(made, `${randomBytes(BYTES).toString('hex')}\n`, { mode: 0o600 })
  try {
    await link(made, file) // whole, or not at all; the one that is there stays
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(made, { force: true })
  }
  const password = await readBack(file).catch((error: NodeJS.ErrnoException) => error)
  if (typeof password === 'string' && /^[0-9a-zA-Z]{16,}$/.test(password)) return password
  const fault =
    typeof password === 'string'
      ? 'holds no password of at least 16 letters and digits'
      : `cannot be read (${password.code})`
  throw new UnusableDataFolder(`${file} ${fault}; remove it, and a new one is made`)
}

async function readBack(file: string): Promise<string> {
  await chmod(file, 0o600)
  return (await readFile(file, 'utf8')).trim()
}
