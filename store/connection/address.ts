/**
 * The address of a store, read once and in one place. It is not a URL of the web: a cluster names several nodes, and a password may hold what the
 * parser of the platform would repeat in its error. No fault said here repeats a part of the text, which may hold a secret.
 */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'

export interface StoreNode {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

export interface StoreAddress {
  readonly isCluster: boolean
  /** Under which the sentinels know the primary; null = `nodes` are no sentinels. */
  readonly primaryName: string | null
  readonly isTls: boolean
  /** One; or the first nodes of a cluster to ask for the others; or sentinels, which know who is primary. */
  readonly nodes: readonly StoreNode[]
  /** Of a single server; a cluster has database 0 only. */
  readonly db: number
  readonly user?: string
  readonly password?: string
}

/** What a store address may look like, for whoever wrote another one. */
export const STORE_FORMS =
  'redis://HOST:PORT[/DB], rediss://... with TLS, redis+sentinel://HOST:PORT,HOST:PORT,.../NAME[/DB], redis+cluster://HOST:PORT,HOST:PORT,... or rediss+cluster://..., with USER:PASSWORD and an @ before the host where the store asks for them; valkey for redis does as well'

const SCHEME = /^(?:redis|valkey)(s?)(\+cluster|\+sentinel)?:\/\//i
const STANDARD_PORT = 6379
const SENTINEL_PORT = 26_379
const PRIMARY_NAME = /^[A-Za-z0-9._-]{1,128}$/
const DATABASES = 2 ** 31
const ENCODE =
  'in a user or password write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25, or give the password by a file'

/** An address that cannot be used. Its message is a half sentence and holds nothing of the address. */
export class StoreAddressError extends Error {
  override readonly name = 'StoreAddressError'
}

const wrong = (fault: string): StoreAddressError => new StoreAddressError(fault)

/** Throws {@link StoreAddressError}. */
export function parseStoreAddress(text: string): StoreAddress {
  const scheme = SCHEME.exec(text)
  if (scheme === null) throw wrong(`it begins with no scheme that is known; write ${STORE_FORMS}`)
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f]/.test(text)) throw wrong('it holds a space or a control character')
  const kind = scheme[2]?.toLowerCase()
  const [isCluster, isSentinel] = [kind === '+cluster', kind === '+sentinel']
  const rest = text.slice(scheme[0].length)
  const end = rest.search(/[/?#]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  const path = end < 0 ? '' : rest.slice(end)
  if (path.includes('@')) throw wrong(ENCODE)
  const at = authority.lastIndexOf('@')
  const names = authority.slice(at + 1).split(',')
  if (kind === undefined && names.length > 1)
    throw wrong('several nodes are for redis+cluster:// and redis+sentinel://, with rediss too')
  const [, name = '', database = ''] = isSentinel ? /^(?:\/([^/]*))?(.*)$/.exec(path)! : ['', '', path]
  if (isSentinel && !PRIMARY_NAME.test(name))
    throw wrong('behind the sentinels stands /NAME, the name under which they know the primary')
  return {
    isCluster,
    primaryName: isSentinel ? name : null,
    isTls: scheme[1] !== '',
    nodes: names.map((one) => parseNode(one, isSentinel ? SENTINEL_PORT : STANDARD_PORT)),
    db: parseDatabase(database, isCluster),
    ...(at < 0 ? {} : parseUserInfo(authority.slice(0, at))),
  }
}

function parseNode(text: string, standardPort: number): StoreNode {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text)
  if (match === null) throw wrong(`a node is no HOST:PORT (IPv6 in brackets, [::1]:6379); ${ENCODE}`)
  const [, six, name, portText] = match
  const port = portText === undefined ? standardPort : /^\d{1,5}$/.test(portText) ? Number(portText) : 0
  if (port < 1 || port > 65_535) throw wrong(`the port of a node is no number from 1 to 65535; ${ENCODE}`)
  if (six !== undefined) {
    if (isIP(six) !== 6) throw wrong('what stands in brackets is no IPv6 address')
    return { host: six, port }
  }
  const host = /[^ -~]/.test(name!) && !/[\\%]/.test(name!) ? domainToASCII(name!) : name!
  if (!/^[a-z0-9_]([a-z0-9._-]*[a-z0-9_.])?$/i.test(host))
    throw wrong(name === '' ? 'a node lacks its host' : 'the host of a node is no name and no address')
  return { host, port }
}

function parseDatabase(path: string, isCluster: boolean): number {
  if (path === '' || path === '/') return 0
  const text = /^\/(\d{1,10})$/.exec(path)?.[1]
  if (text === undefined || Number(text) >= DATABASES)
    throw wrong('after the host there may be /DB, the number of a database, and nothing else')
  if (isCluster && Number(text) !== 0) throw wrong('a cluster has database 0 only')
  return Number(text)
}

function parseUserInfo(text: string): Pick<StoreAddress, 'user' | 'password'> {
  const colon = text.indexOf(':')
  const user = decode(colon < 0 ? text : text.slice(0, colon))
  const password = colon < 0 ? '' : decode(text.slice(colon + 1))
  return { ...(user !== '' && { user }), ...(password !== '' && { password }) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong(`its user or password holds a % that begins no such code; ${ENCODE}`)
  }
}

/** How an address may be shown to anybody: without user and password. */
export function showAddress({ isCluster, primaryName, isTls, nodes, db }: StoreAddress): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')
  const kind = isCluster ? '+cluster' : primaryName === null ? '' : '+sentinel'
  return `redis${isTls ? 's' : ''}${kind}://${hosts}${primaryName === null ? '' : `/${primaryName}`}${db === 0 ? '' : `/${db}`}`
}
