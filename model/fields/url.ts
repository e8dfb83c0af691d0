/** Host and path of an address, by rules of our own: the same in every version of every platform, and in the recount. Nothing is refused. */
import { tidy } from '../decode/clean-path.ts'

export interface UrlParts {
  /** Null where it names none. */
  readonly host: string | null
  readonly path: string | null
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/
const NONE: UrlParts = { host: null, path: null }

/**
 * Query and fragment go. `scheme://` or `//` begins a host; a scheme without it (`mailto:x`, `localhost:80/x`) is of an address that has neither
 * host nor path; all else is a path.
 */
export function urlParts(text: string): UrlParts {
  const before = text.split(/[?#]/, 1)[0]!
  const scheme = before.startsWith('//') ? '' : (SCHEME.exec(before)?.[0] ?? null)
  if (scheme === null) return { host: null, path: before === '' ? null : tidy(before) }
  if (!before.startsWith('//', scheme.length)) return NONE
  const rest = before.slice(scheme.length + 2)
  const slash = rest.indexOf('/')
  return {
    host: hostOf(slash < 0 ? rest : rest.slice(0, slash)),
    path: slash < 0 ? '/' : tidy(rest.slice(slash)),
  }
}

/** Without user, port and a dot at the end, in small letters. */
function hostOf(authority: string): string | null {
  const place = authority.slice(authority.lastIndexOf('@') + 1)
  const [, host = ''] = /^(\[[0-9A-Fa-f:.]+\]|[^:]*)(?::[0-9]*)?$/.exec(place) ?? []
  const name = host.startsWith('[') ? host : host.replace(/\.$/, '')
  if (name === '' || (!host.startsWith('[') && isNoHost(name))) return null
  return name.toLowerCase()
}

/** Spaces, control characters, and marks that mean something else. */
const isNoHost = (name: string): boolean =>
  [...name].some((letter) => letter <= ' ' || letter === '\x7f' || '<>[\\]^|%'.includes(letter))
