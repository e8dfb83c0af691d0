/** The users of a supervised server: a file in its data folder, which the server itself writes (ACL SAVE), so that they are there after it was started anew. */
import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const usersFileOf = (dataDir: string): string => join(dataDir, 'users.acl')

/** Before each start: the user `default` has the password of now, or none; all others stay as they were. */
export async function keepUsersFile(dataDir: string, password: string | null): Promise<void> {
  const file = usersFileOf(dataDir)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const others = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('user default '))
  const proof = password === null ? 'nopass' : `#${createHash('sha256').update(password).digest('hex')}`
  const made = `${file}.${process.pid}`
  await writeFile(made, [`user default on ${proof} ~* &* +@all`, ...others, ''].join('\n'), { mode: 0o600 })
  await rename(made, file)
}
