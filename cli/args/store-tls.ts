/** Certificate, key and authority of a store that is supervised here: three files that belong together. */
import { resolve } from 'node:path'
import { tlsFault, type LocalTls } from '../../embedded/store-tls.ts'
import { CommandError, exitCodes } from './exit.ts'
import type { Flag } from './flags.ts'

export const storeTlsFlags = {
  'tls-cert': {
    argument: 'FILE',
    description:
      'PEM of a certificate for 127.0.0.1: its nodes speak TLS, to clients and to each other; with --tls-key and --tls-ca',
  },
  'tls-key': { argument: 'FILE', description: 'PEM of its key' },
  'tls-ca': {
    argument: 'FILE',
    description: 'PEM of the authority that signed it: clients get it as --store-ca',
  },
} satisfies Record<string, Flag>

type Given = Readonly<Partial<Record<keyof typeof storeTlsFlags, string | undefined>>>

/** What is not said is as it is in `found`. Throws CommandError. */
export function readStoreTls(given: Given, found: LocalTls | undefined): LocalTls | undefined {
  const names = Object.keys(storeTlsFlags) as (keyof typeof storeTlsFlags)[]
  const missing = names.filter((name) => given[name] === undefined)
  if (missing.length > 0 && missing.length < names.length)
    throw new CommandError(
      `--tls-cert, --tls-key and --tls-ca belong together, and --${missing.join(' and --')} is missing.`,
      exitCodes.usage,
    )
  const tls =
    missing.length > 0
      ? found
      : { cert: resolve(given['tls-cert']!), key: resolve(given['tls-key']!), ca: resolve(given['tls-ca']!) }
  const fault = tls === undefined ? null : tlsFault(tls, Date.now())
  if (fault !== null) throw new CommandError(`the store cannot speak TLS: ${fault}.`, exitCodes.config)
  return tls
}
