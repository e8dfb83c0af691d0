/**
 * Who may ask, by what a browser says of itself. Without access keys two things protect a server on somebody's machine: it answers to
 * its own names only, so that a foreign name made to point here (DNS rebinding) reads nothing; and what a page of another origin
 * sends is not taken. Who is no browser sends no `Origin`, and is taken as ever. Pure.
 */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { ProblemError } from '../problem.ts'

export interface HttpAccess {
  /** Names beside loopback that this server answers to, such as that of the proxy before it. */
  readonly publicNames?: readonly string[]
  /** It listens on an address that others can reach. They may call it by any IP address: no foreign name can be made of digits. */
  readonly byAddress?: boolean
  /** Origins, `https://shop.example`, whose pages may send and read. */
  readonly allowOrigins?: readonly string[]
}

type Request = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'headers' | 'rawHeaders'>

/** What a request that may come in is told about its origin; null = nothing, it needs no word. */
export type Cors = Readonly<Record<string, string>> | null

const LOOPBACK = new Set(['localhost', '[::1]'])
const READS = new Set(['GET', 'HEAD', 'OPTIONS'])
const PREFLIGHT_S = 600

/** Throws misdirected (421), bad_request or foreign_origin (403). Answers the headers that let a page of an allowed origin read. */
export function admit(request: Request, httpAccess: HttpAccess): Cors {
  const host = checkHost(request, httpAccess)
  const { origin } = request.headers
  if (origin !== undefined && (httpAccess.allowOrigins ?? []).includes(origin.toLowerCase()))
    return {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'etag, retry-after',
      'cross-origin-resource-policy': 'cross-origin',
      vary: 'origin',
    }
  const isAsking = isPreflight(request)
  if ((READS.has(request.method ?? '') && !isAsking) || isOwn(request, host, httpAccess)) return null
  throw new ProblemError(
    'foreign_origin',
    `${(origin ?? 'a page of another origin').slice(0, 100)} may not send here; the server names origins that may with --allow-origin`,
  )
}

/** A browser asks whether it may send. */
export function isPreflight({ method, headers }: Request): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  )
}

/** What a preflight is told beside {@link Cors}. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, HEAD, POST',
  'access-control-allow-headers': 'content-type, content-encoding, if-none-match',
  'access-control-max-age': String(PREFLIGHT_S),
  'cache-control': 'no-store',
}

/** The host as the request spells it; null where an old client names none. */
function checkHost(
  { url = '', httpVersion, headers: { host }, rawHeaders }: Request,
  httpAccess: HttpAccess,
): string | null {
  if (!url.startsWith('/') && url !== '*')
    throw new ProblemError('bad_request', 'the address of a request begins with /')
  if (host === undefined) {
    if (httpVersion === '1.0') return null // probes of old; no browser speaks it
    throw new ProblemError('bad_request', 'the Host header is missing')
  }
  // Of two, a proxy may go by the other one.
  if (rawHeaders.filter((one, at) => at % 2 === 0 && one.toLowerCase() === 'host').length > 1)
    throw new ProblemError('bad_request', 'the Host header is given more than once')
  const name = nameOf(host)
  if (name === null) throw new ProblemError('bad_request', 'the Host header is not NAME or NAME:PORT')
  if (
    LOOPBACK.has(name) ||
    /^127(\.\d{1,3}){3}$/.test(name) ||
    (httpAccess.publicNames ?? []).includes(name) ||
    (httpAccess.byAddress === true && isIP(name.replace(/^\[|\]$/g, '')) > 0)
  )
    return host
  throw new ProblemError(
    'misdirected',
    `this server does not answer to ${name.slice(0, 100)}; start it with --public-name ${name.slice(0, 100)} where it should`,
  )
}

/** `Name:Port` to `name`, `[::1]:4400` to `[::1]`. */
function nameOf(host: string): string | null {
  return /^([a-z0-9_][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.exec(host.toLowerCase())?.[1] ?? null
}

/** Sent by our own page, or by no page at all. A browser sets both headers itself: no script can. */
function isOwn({ headers }: Request, host: string | null, httpAccess: HttpAccess): boolean {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (site === 'same-origin') return true
  if (origin === undefined) return site === undefined || site === 'none'
  if (!URL.canParse(origin)) return false
  const { protocol, host: from, hostname, origin: spelt } = new URL(origin)
  if (!['http:', 'https:'].includes(protocol) || spelt !== origin.toLowerCase()) return false
  // Behind a proxy that rewrites Host, the page's origin is the public name.
  return (
    from === (host ?? '').toLowerCase().replace(protocol === 'http:' ? /:80$/ : /:443$/, '') ||
    (httpAccess.publicNames ?? []).includes(hostname)
  )
}
