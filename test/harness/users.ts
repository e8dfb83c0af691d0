/** The users of `tidemark store users` on a test's own server, as an operator makes them: passwords in files of a folder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../cli/commands/store/users.ts'
import type { Role } from '../../store/users/roles.ts'

export interface TestUsers {
  passwordFile(role: Role): string
  password(role: Role): string
  remove(): void
}

/** `url` without user and password; the server's administrator is `default` with the password `admin`; `ca`: of its certificate. */
export async function makeUsers(url: string, ca?: string): Promise<TestUsers> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-users-'))
  const admin = join(folder, 'admin')
  writeFileSync(admin, 'admin\n')
  const { write } = process.stdout
  process.stdout.write = (() => true) as typeof write
  try {
    const trust = ca === undefined ? [] : ['--store-ca', ca]
    await run(['--apply', '--store', url, '--store-password-file', admin, '--passwords', folder, ...trust])
  } finally {
    process.stdout.write = write
  }
  const passwordFile = (role: Role): string => join(folder, `${role}.password`)
  return {
    passwordFile,
    password: (role) => readFileSync(passwordFile(role), 'utf8').trim(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
