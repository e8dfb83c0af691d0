/** Certificates of a connection to the store: taken as they are when it begins, so that files may be replaced while others live on. */

/** PEM. */
export interface TlsTexts {
  /** Of the authority that signed the servers' certificates; without it those that Node trusts. */
  readonly ca?: string
  /** Our own certificate and its key, where the store asks for one. */
  readonly cert?: string
  readonly key?: string
}

/** The texts themselves, or who has those of now. */
export interface TlsAccess extends TlsTexts {
  readonly tls?: () => TlsTexts
}

export function tlsNow({ tls, ca, cert, key }: TlsAccess): TlsTexts {
  return tls?.() ?? { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

/** Settings for many connections: each reads them when it begins. */
export function tlsOfEach(access: TlsAccess): TlsTexts {
  const settings = {}
  for (const name of Object.keys(tlsNow(access)) as (keyof TlsTexts)[])
    Object.defineProperty(settings, name, { enumerable: true, get: () => tlsNow(access)[name] })
  return settings
}
