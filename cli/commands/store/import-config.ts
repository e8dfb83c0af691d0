import { parseStoreAddress } from '../../../store/connection/address.ts'
import type { StoreAccess } from '../../../store/connection/client.ts'
import { CommandError, exitCodes } from '../../args/exit.ts'
import { wrongConfiguration } from '../../args/flag-file.ts'
import { describeFlags, parseFlags, type Flag } from '../../args/flags.ts'
import { readStoreSettings, STORE_HELP, storeFlags, type StoreSettings } from '../../args/store-access.ts'
import { readNumber } from '../../args/values.ts'

/** Those of the store that is imported are read as those of ours are, under their own names. */
const SOURCE_FLAGS = ['user', 'password-file', 'ca', 'cert', 'key'] as const

const flags = {
  prefix: { argument: 'TEXT', description: 'put before every key, such as app: (none)' },
  'dry-run': { description: 'only look: how many keys, which are in the way, whether the dumps can be read' },
  replace: { description: 'write over keys that are in the store already' },
  passes: {
    argument: 'N',
    description: 'how often to look for what changed meanwhile, until nothing has (20)',
  },
  sample: { argument: 'N', description: 'keys that are compared by their whole content at the end (1000)' },
  'source-user': { argument: 'NAME', description: 'the user there' },
  'source-password-file': {
    argument: 'FILE',
    description: 'the password there; or the variable TIDEMARK_SOURCE_PASSWORD',
  },
  'source-ca': { argument: 'FILE', description: 'PEM of the authority of its certificate' },
  'source-cert': { argument: 'FILE', description: 'PEM of our certificate, where it asks for one' },
  'source-key': { argument: 'FILE', description: 'PEM of its key' },
  ...storeFlags,
  help: { description: 'this text' },
} satisfies Record<string, Flag>

export const importHelp = `tidemark store import: takes the keys of another Redis or Valkey over into the store, and looks whether they are there

usage: tidemark store import redis://OLD[/DB] [--prefix TEXT] [--dry-run] [flags]

${describeFlags(flags)}
The store that is imported is only read (SCAN, DUMP, PTTL). Keys that would begin with tm: are left out. The user of the store must be let RESTORE: take the
administrator. Passes follow until one finds nothing new; stop the writers of the old store before the last (docs/store.md).
exit codes: 0 all is there, 1 something differs or is in the way
${STORE_HELP}`

export interface ImportConfig {
  readonly from: { readonly url: string; readonly access: StoreAccess }
  readonly store: StoreSettings
  readonly isCluster: boolean
  readonly prefix: string
  readonly dryRun: boolean
  readonly replace: boolean
  readonly passes: number
  readonly sample: number
}

/** Throws CommandError. */
export function readImportConfig(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ImportConfig | 'help' {
  const values = parseFlags('store import', argv, flags, 'from')
  if (values['help'] === true) return 'help'
  const url = values['from']
  if (typeof url !== 'string')
    throw new CommandError(
      'say which store is to be imported: tidemark store import redis://HOST:PORT',
      exitCodes.usage,
    )
  const prefix = String(values['prefix'] ?? '')
  if (prefix.startsWith('tm:'))
    throw new CommandError('--prefix tm: is for the keys of Tidemark: take another one.', exitCodes.usage)
  if (/[{}]/.test(prefix))
    throw new CommandError(
      '--prefix holds a brace: in a cluster keys would lie elsewhere than their own tags say.',
      exitCodes.usage,
    )
  const store = readStoreSettings(values, env)
  const whole = (flag: 'passes' | 'sample', fallback: number, least: number): number =>
    readNumber(flag, String(values[flag] ?? fallback), { least, most: 1_000_000, whole: true })
  return {
    from: readSource(url, values, env),
    store,
    isCluster: parseStoreAddress(store.url).isCluster,
    prefix,
    dryRun: values['dry-run'] === true,
    replace: values['replace'] === true,
    passes: whole('passes', 20, 1),
    sample: whole('sample', 1000, 0),
  }
}

function readSource(
  url: string,
  values: ReturnType<typeof parseFlags>,
  env: NodeJS.ProcessEnv,
): ImportConfig['from'] {
  const theirs = Object.fromEntries(SOURCE_FLAGS.map((name) => [`store-${name}`, values[`source-${name}`]]))
  try {
    const { access = {} } = readStoreSettings(
      { ...theirs, store: url },
      { TIDEMARK_STORE_PASSWORD: env['TIDEMARK_SOURCE_PASSWORD'] },
    )
    return { url, access }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw wrongConfiguration(
      error.message
        .replace(/\.$/, '')
        .replace(/^--store cannot/, 'the address to import from cannot')
        .replaceAll('--store-', '--source-')
        .replaceAll('TIDEMARK_STORE_', 'TIDEMARK_SOURCE_')
        .replaceAll('--store', 'the address to import from'),
    )
  }
}
