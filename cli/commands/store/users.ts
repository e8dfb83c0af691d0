/** `tidemark store users`: prints the users of the store, or puts them into its servers. */
import { openServers } from '../../../store/users/servers.ts'
import { putUser, setUserWords, type UserChange } from '../../../store/users/acl.ts'
import {
  makePassword,
  passwordFile,
  passwordHash,
  readPasswordFile,
  writePasswordFile,
} from '../../../store/users/passwords.ts'
import type { Role } from '../../../store/users/roles.ts'
import { StoreError, storeError } from '../../../store/errors.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import { readUsersConfig, usersHelp, type UsersConfig } from './users-config.ts'

export async function run(argv: string[]): Promise<number> {
  const config = readUsersConfig(argv)
  if (config === 'help') {
    process.stdout.write(usersHelp)
    return exitCodes.ok
  }
  if (config.act === 'print') {
    for (const role of config.roles)
      process.stdout.write(`ACL SETUSER ${setUserWords(changeOf(config, role).change).join(' ')}\n`)
    return exitCodes.ok
  }
  const servers = await openServers(config.store).catch((error: unknown) => {
    throw error instanceof StoreError ? new CommandError(error.message) : error
  })
  try {
    for (const role of config.roles) {
      const { change, told } = changeOf(config, role)
      for (const server of servers.all) {
        const { passwords, kept } = await putUser(server, change)
        process.stdout.write(
          `${server.name}  ${role}  ${passwords === 1 ? 'one password' : `${passwords} passwords`}  kept in ${kept === 'file' ? 'its file of users' : kept}\n`,
        )
      }
      told()
    }
    return exitCodes.ok
  } catch (error) {
    throw new CommandError(storeError(error).message)
  } finally {
    servers.close()
  }
}

/**
 * A first password is in its file before the engine hears of it, so that nobody is locked out, whatever ends in between; a new one beside it only afterwards, so that
 * no process reads one that is not good yet.
 */
function changeOf({ act, folder }: UsersConfig, role: Role): { change: UserChange; told: () => void } {
  const file = passwordFile(folder, role)
  const there = keeping(folder, () => readPasswordFile(file))
  if (act === 'retire' && there === null)
    throw new CommandError(`${file} is not there: without it nobody would have a password.`, exitCodes.config)
  const password = there === null || act === 'rotate' ? makePassword() : there
  if (there === null) keeping(folder, () => writePasswordFile(file, password))
  return {
    change: { user: role, role, passwordHash: passwordHash(password), isOnlyOne: act === 'retire' },
    told: () => {
      if (password !== there) keeping(folder, () => writePasswordFile(file, password))
    },
  }
}

function keeping<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(
      `--passwords ${folder}: no password can be kept there (${code ?? 'unknown'}); choose another folder.`,
      exitCodes.config,
    )
  }
}
