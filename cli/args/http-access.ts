/** By which names serve may be called, whose pages may send, and which proxies are believed: flags of `serve`, and of `up` for its serve. */
import { isIP } from 'node:net'
import { CommandError, exitCodes } from './exit.ts'
import type { Flag, FlagValues } from './flags.ts'

export const httpAccessFlags = {
  'public-name': {
    argument: 'NAME',
    many: true,
    description:
      'a name by which others call this server, as a browser shows it; repeatable (only localhost)',
  },
  'allow-origin': {
    argument: 'ORIGIN',
    many: true,
    description:
      'an origin such as https://shop.example whose pages may send events and read; repeatable (none)',
  },
  'trusted-proxy': {
    argument: 'ADDRESS',
    many: true,
    description: 'a proxy, or its network, whose X-Forwarded-For is believed; repeatable (none)',
  },
} satisfies Record<string, Flag>

export interface HttpAccessSettings {
  readonly publicNames: readonly string[]
  readonly allowOrigins: readonly string[]
  readonly trustedProxies: readonly string[]
}

/** Throws CommandError (78). Environment: TIDEMARK_PUBLIC_NAME, _ALLOW_ORIGIN, _TRUSTED_PROXY, each a list with commas; flags win. */
export function readHttpAccess(values: FlagValues, env: NodeJS.ProcessEnv): HttpAccessSettings {
  const list = (
    flag: keyof typeof httpAccessFlags,
    variable: string,
    read: (text: string) => string | null,
    wanted: string,
  ): string[] =>
    String(values[flag] ?? env[variable] ?? '')
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map((text) => {
        const one = read(text)
        if (one === null)
          throw new CommandError(`--${flag} ${text.slice(0, 100)}: write ${wanted}`, exitCodes.config)
        return one
      })
  return {
    publicNames: list(
      'public-name',
      'TIDEMARK_PUBLIC_NAME',
      readName,
      'a name alone, such as stats.example.org, without scheme, port and path',
    ),
    allowOrigins: list(
      'allow-origin',
      'TIDEMARK_ALLOW_ORIGIN',
      readOrigin,
      'an origin such as https://shop.example or http://localhost:3000, without a path',
    ),
    trustedProxies: list(
      'trusted-proxy',
      'TIDEMARK_TRUSTED_PROXY',
      readNetwork,
      'an IP address, or a network such as 10.0.0.0/8',
    ),
  }
}

/** The same words for a child process. */
export function httpAccessArguments(settings: HttpAccessSettings): string[] {
  return [
    ...settings.publicNames.flatMap((name) => ['--public-name', name]),
    ...settings.allowOrigins.flatMap((origin) => ['--allow-origin', origin]),
    ...settings.trustedProxies.flatMap((proxy) => ['--trusted-proxy', proxy]),
  ]
}

/** Lower case; an IPv6 address with or without its brackets. */
function readName(text: string): string | null {
  const name = text.toLowerCase()
  if (isIP(name) === 6) return `[${name}]`
  return /^([a-z0-9_][a-z0-9._-]{0,252}|\[[0-9a-f:.]+\])$/.test(name) ? name : null
}

/** As browsers write it: lower case, without the port that goes without saying. */
function readOrigin(text: string): string | null {
  if (!URL.canParse(text)) return null
  const { origin, protocol, pathname, search, hash, username } = new URL(text)
  const isBare = pathname === '/' && search === '' && hash === '' && username === ''
  return isBare && (protocol === 'http:' || protocol === 'https:') ? origin : null
}

function readNetwork(text: string): string | null {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  const isWhole =
    family !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
  return isWhole ? text : null
}
