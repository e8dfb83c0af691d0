/** Where the store is and how to get into it: the same flags and variables for every command that speaks to it. */
import {
  parseStoreAddress,
  showAddress,
  STORE_FORMS,
  StoreAddressError,
  type StoreAddress,
} from '../../store/connection/address.ts'
import type { StoreOptions } from '../../store/connection/connection.ts'
import type { TlsTexts } from '../../store/connection/tls-texts.ts'
import { livePem, type PemFiles } from './live-pem.ts'
import { passwordFromCommand } from './password-command.ts'
import { saidBy, type Said } from './settings.ts'
import { readDurationMs } from './values.ts'
import { readFlagFile, wrongConfiguration as wrong } from './flag-file.ts'
import type { Flag, FlagValues } from './flags.ts'

const LOGIN_EVERY_MS = 6 * 3_600_000
const PASSWORD_EVERY_MS = 5 * 60_000
/** Below what a timer can count. */
const TIMER_MOST_MS = 20 * 86_400_000
const DEFAULT_STORE = 'redis://127.0.0.1:4479'

/** All but the address itself, which `up` describes in its own words. */
export const storeAccessFlags = {
  'store-user': { argument: 'NAME', description: 'the user of the store, where it has users' },
  'store-password-file': {
    argument: 'FILE',
    description:
      'holds the password of the store, read anew at each connection; or the variable TIDEMARK_STORE_PASSWORD',
  },
  'store-password-command': {
    argument: 'COMMAND',
    description:
      'prints the password of the store, which lives for a short while only: asked at start and every few minutes',
  },
  'store-password-every': {
    argument: 'TIME',
    description: 'how often that command is asked (5m); well below the life of what it prints',
  },
  'store-login-every': {
    argument: 'TIME',
    description: 'how often a connection logs in again, where the password is in a file or of a command (6h)',
  },
  'store-ca': {
    argument: 'FILE',
    description: 'PEM of the authority that signed the certificate of the store (those that Node trusts)',
  },
  'store-cert': { argument: 'FILE', description: 'PEM of our own certificate, where the store asks for one' },
  'store-key': { argument: 'FILE', description: 'PEM of its key' },
  'sentinel-user': { argument: 'NAME', description: 'the user of the sentinels, where they have users' },
  'sentinel-password-file': {
    argument: 'FILE',
    description: 'holds the password of the sentinels, where they ask for one; read anew at each connection',
  },
} satisfies Record<string, Flag>

export const storeFlags = {
  store: {
    argument: 'URL',
    description: `redis://HOST:PORT, rediss:// with TLS, redis+sentinel://HOST:PORT,.../NAME, redis+cluster://HOST:PORT,... or rediss+cluster:// (${DEFAULT_STORE})`,
  },
  ...storeAccessFlags,
} satisfies Record<string, Flag>

export const STORE_HELP = `The store (docs/store.md): each of its flags can be a variable, TIDEMARK_STORE, TIDEMARK_STORE_USER, _PASSWORD_FILE, _PASSWORD_COMMAND, _PASSWORD_EVERY, _CA, _CERT, _KEY,
TIDEMARK_SENTINEL_USER, TIDEMARK_SENTINEL_PASSWORD_FILE. A password in a flag
can be read by everyone on the machine: give a file, or TIDEMARK_STORE_PASSWORD.
`

/** What {@link openStore} takes of it. Holds secrets: never print it. */
export type StoreSettings = Pick<StoreOptions, 'url' | 'access'>

/** Flags over variables; empty is absent. Throws CommandError (configuration), which names no part of an address that holds a secret. */
export function readStoreSettings(values: FlagValues, env: NodeJS.ProcessEnv): StoreSettings {
  const given = (flag: keyof typeof storeFlags): Said => saidBy(values, env, flag, variableOf(flag))
  const said = (flag: keyof typeof storeFlags): string | undefined => given(flag).text
  const url = said('store') ?? DEFAULT_STORE
  const address = readAddress(url)
  const user = said('store-user')
  if (user !== undefined && address.user !== undefined && user !== address.user)
    throw wrong('--store and --store-user name two users')
  // What is for another store than the one that a flag names is not taken from a variable.
  const variable =
    values['store-password-file'] === undefined ? env['TIDEMARK_STORE_PASSWORD'] || undefined : undefined
  return {
    url,
    access: {
      ...(user !== undefined && { user }),
      ...readPassword(address, said, variable, (flag) => given(flag).said),
      ...readTls(address, said),
      ...readSentinel(address, said),
    },
  }
}

/** Throws CommandError. */
export function readAddress(url: string): StoreAddress {
  try {
    return parseStoreAddress(url)
  } catch (error) {
    if (error instanceof StoreAddressError)
      throw wrong(
        `--store cannot be used: ${error.message}${error.message.includes(STORE_FORMS) ? '' : `. It is ${STORE_FORMS}`}`,
      )
    throw error
  }
}

/** An address as it may be shown: its user and password are nobody's business. */
export const showStore = (url: string): string => showAddress(readAddress(url))

/** The flags again, for a child that speaks to the same store; variables it inherits, and the address it gets by one. */
export function storeAccessArguments(values: FlagValues): string[] {
  return Object.keys(storeAccessFlags).flatMap((flag) =>
    values[flag] === undefined ? [] : [`--${flag}`, String(values[flag])],
  )
}

function readSentinel(
  { primaryName }: StoreAddress,
  said: (flag: keyof typeof storeFlags) => string | undefined,
): { sentinelUser?: string; sentinelPassword?: () => string } {
  const [user, file] = [said('sentinel-user'), said('sentinel-password-file')]
  if (primaryName === null && (user !== undefined || file !== undefined))
    throw wrong('--sentinel-user and --sentinel-password-file are for redis+sentinel://')
  return {
    ...(user !== undefined && { sentinelUser: user }),
    ...(file !== undefined && { sentinelPassword: passwordIn('sentinel-password-file', file) }),
  }
}

/** Its faults are said at once; later ones where it is read anew. */
function passwordIn(flag: string, file: string): () => string {
  const read = (): string => {
    const text = readFlagFile(flag, file).replace(/\r?\n$/, '')
    if (text === '') throw wrong(`--${flag} ${file}: it is empty`)
    return text
  }
  read()
  return read
}

function readPassword(
  address: StoreAddress,
  said: (flag: keyof typeof storeFlags) => string | undefined,
  variable: string | undefined,
  nameOf: (flag: keyof typeof storeFlags) => string,
): { password?: () => string; renewMs?: number } {
  const [file, command] = [said('store-password-file'), said('store-password-command')]
  if ([address.password, file, command, variable].filter((one) => one !== undefined).length > 1)
    throw wrong(
      'the password of the store is given twice: it stands in one of --store, --store-password-file, --store-password-command and TIDEMARK_STORE_PASSWORD',
    )
  const asked = said('store-password-every')
  if (asked !== undefined && command === undefined)
    throw wrong('--store-password-every is for --store-password-command')
  if (variable !== undefined) return { password: () => variable }
  const every = said('store-login-every')
  if (file === undefined && command === undefined) {
    if (every !== undefined)
      throw wrong('--store-login-every is for --store-password-file and --store-password-command')
    return {}
  }
  const renewMs = every === undefined ? LOGIN_EVERY_MS : between(nameOf('store-login-every'), every)
  const askMs = asked === undefined ? PASSWORD_EVERY_MS : between(nameOf('store-password-every'), asked)
  return {
    password:
      file === undefined ? passwordFromCommand(command!, askMs) : passwordIn('store-password-file', file),
    renewMs,
  }
}

const variableOf = (flag: keyof typeof storeFlags): string =>
  `TIDEMARK_${flag.toUpperCase().replaceAll('-', '_')}`

function between(said: string, text: string): number {
  const ms = readDurationMs(said, text)
  if (ms < 1000 || ms > TIMER_MOST_MS)
    throw wrong(`${said.startsWith('TIDEMARK_') ? '' : '--'}${said} is a time from 1s to 20d`)
  return ms
}

function readTls(
  { isTls }: StoreAddress,
  said: (flag: keyof typeof storeFlags) => string | undefined,
): { tls?: () => TlsTexts } {
  const files: PemFiles = Object.fromEntries(
    (['ca', 'cert', 'key'] as const).flatMap((name) => {
      const file = said(`store-${name}`)
      return file === undefined ? [] : [[name, [`store-${name}`, file] as const]]
    }),
  )
  const first = Object.values(files)[0]
  if (first === undefined) return {}
  if (!isTls) throw wrong(`--${first[0]} is for a store with TLS: write rediss:// or rediss+cluster://`)
  if ((files.cert === undefined) !== (files.key === undefined))
    throw wrong('--store-cert and --store-key belong together')
  return { tls: livePem(files) }
}
