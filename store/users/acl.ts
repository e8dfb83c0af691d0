/** The engine's side of a user: the words that make it, and putting them into every server, replicas too, because no engine hands its users on. */
import { rights, type Role } from './roles.ts'

export interface UserChange {
  readonly user: string
  readonly role: Role
  /** Hash of a password that shall be good from now on; null = those that are there. */
  readonly passwordHash: string | null
  /** The others end. */
  readonly isOnlyOne: boolean
}

/** Words behind `ACL SETUSER`. One command: there is no moment at which the user has less or more than before or after. */
export function setUserWords({ user, role, passwordHash, isOnlyOne }: UserChange): string[] {
  return [
    user,
    'on',
    ...(isOnlyOne && passwordHash !== null ? ['resetpass'] : []),
    ...(passwordHash === null ? [] : [`#${passwordHash}`]),
    'resetkeys',
    'resetchannels',
    'nocommands',
    ...rights[role].split(' '),
  ]
}

/** One server, as its administrator. */
export interface AclServer {
  readonly name: string
  call(command: string, ...args: string[]): Promise<unknown>
}

export type Kept = 'file' | 'configuration' | 'memory only'

/** How many passwords the user has now, and where the users of that server outlive it. Throws what the server says. */
export async function putUser(
  server: AclServer,
  change: UserChange,
): Promise<{ passwords: number; kept: Kept }> {
  await server.call('ACL', 'SETUSER', ...setUserWords(change))
  const flat = (await server.call('ACL', 'GETUSER', change.user)) as unknown[]
  const passwords = flat[flat.indexOf('passwords') + 1] as unknown[]
  return { passwords: passwords.length, kept: await keep(server) }
}

async function keep(server: AclServer): Promise<Kept> {
  const ways = [
    ['file', 'ACL', 'SAVE'],
    ['configuration', 'CONFIG', 'REWRITE'],
  ] as const
  for (const [kept, command, word] of ways)
    try {
      await server.call(command, word)
      return kept
    } catch {
      // no such file, or not allowed: the next way
    }
  return 'memory only'
}
