import { EXIT_HELP, CommandError, exitCodes } from '../../args/exit.ts'
import { describeFlags, parseFlags, type Flag } from '../../args/flags.ts'
import { readStoreSettings, STORE_HELP, storeFlags, type StoreSettings } from '../../args/store-access.ts'
import { ROLES, type Role } from '../../../store/users/roles.ts'

const flags = {
  ...storeFlags,
  role: {
    argument: 'NAME',
    description: `one of ${ROLES.join(', ')}; may be given again (all but admin)`,
    many: true,
  },
  apply: {
    description: 'write the users into every server of the store; the store user must be an administrator',
  },
  rotate: { description: 'with --apply: a new password beside the old one, which stays good' },
  retire: { description: 'with --apply: only the password in the file stays good' },
  passwords: {
    argument: 'DIR',
    description: 'folder of the password files, NAME.password (.tidemark/users)',
  },
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const usersHelp = `tidemark store users: users of the store with the least rights, their passwords in files, rotated without a pause

usage: tidemark store users [--role NAME] [--apply [--rotate | --retire]] [flags]

${describeFlags(flags)}
Without --apply it prints what to give to the engine, passwords as hashes. A password is made where its file is not there yet.
To rotate: --apply --rotate, wait until every process has read its file anew (it does so at each connection), --apply --retire.
${STORE_HELP}${EXIT_HELP}`

export interface UsersConfig {
  readonly store: StoreSettings
  readonly roles: readonly Role[]
  readonly act: 'print' | 'apply' | 'rotate' | 'retire'
  readonly folder: string
}

const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name)

/** Throws CommandError. */
export function readUsersConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): UsersConfig | 'help' {
  const values = parseFlags('store users', argv, flags)
  if (values['help'] === true) return 'help'
  const names =
    values['role'] === undefined
      ? ROLES.filter((role) => role !== 'admin')
      : String(values['role']).split(',')
  const stranger = names.find((name) => !isRole(name))
  if (stranger !== undefined)
    throw new CommandError(`--role ${stranger}: it is one of ${ROLES.join(', ')}.`, exitCodes.usage)
  const [rotates, retires] = [values['rotate'] === true, values['retire'] === true]
  if (rotates && retires)
    throw new CommandError(
      '--rotate and --retire are two steps: between them every process reads its new password.',
      exitCodes.usage,
    )
  if ((rotates || retires) && values['apply'] !== true)
    throw new CommandError(`--${rotates ? 'rotate' : 'retire'} goes with --apply.`, exitCodes.usage)
  return {
    store: readStoreSettings(values, env),
    roles: names.filter(isRole),
    act: rotates ? 'rotate' : retires ? 'retire' : values['apply'] === true ? 'apply' : 'print',
    folder: String(values['passwords'] ?? '.tidemark/users'),
  }
}
