/** TLS of servers that are supervised here: certificate, key and authority are files of whoever runs them. The servers prove themselves to each other by the same certificate. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Absolute paths of PEM files. */
export interface LocalTls {
  readonly cert: string
  readonly key: string
  /** Who signed the certificate. */
  readonly ca: string
}

const HOST = '127.0.0.1'

/** Settings in place of a plain port. Clients may show a certificate and need none: they have a password; on the bus of a cluster, which knows none, each must. */
export const tlsSettings = ({ cert, key, ca }: LocalTls, port: number): Readonly<Record<string, string>> => ({
  port: '0',
  'tls-port': String(port),
  'tls-cert-file': cert,
  'tls-key-file': key,
  'tls-ca-cert-file': ca,
  'tls-auth-clients': 'optional',
  'tls-replication': 'yes',
  'tls-cluster': 'yes',
})

/** Why these files cannot be used, as a sentence without its full stop; null: they can. */
export function tlsFault({ cert, key, ca }: LocalTls, nowMs: number): string | null {
  const texts: string[] = []
  for (const file of [cert, key, ca])
    try {
      texts.push(readFileSync(file, 'utf8'))
    } catch (error) {
      return `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`
    }
  let own: X509Certificate
  try {
    own = new X509Certificate(texts[0]!)
  } catch {
    return `${cert} holds no certificate in PEM form`
  }
  let isItsKey: boolean
  try {
    isItsKey = own.checkPrivateKey(createPrivateKey(texts[1]!))
  } catch {
    return `${key} holds no private key in PEM form that needs no passphrase`
  }
  if (!isItsKey) return `${key} is not the key of ${cert}`
  if (nowMs < Date.parse(own.validFrom) || nowMs > Date.parse(own.validTo))
    return `${cert} is good from ${own.validFrom} to ${own.validTo}, and not now`
  if (own.checkIP(HOST) === undefined)
    return `${cert} is not for ${HOST}, where the servers listen; its subjectAltName must have IP:${HOST}`
  return signedBy(own, texts, ca, cert)
}

/** Intermediate certificates may lie behind the own one. */
function signedBy(
  own: X509Certificate,
  [certText, , caText]: readonly string[],
  ca: string,
  cert: string,
): string | null {
  const all = (text: string): X509Certificate[] =>
    (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
      (pem) => new X509Certificate(pem),
    )
  let [authorities, between]: [X509Certificate[], X509Certificate[]] = [[], []]
  try {
    ;[authorities, between] = [all(caText!), all(certText!).slice(1)]
  } catch {
    // said below
  }
  const isBy = (one: X509Certificate, other: X509Certificate): boolean =>
    one.checkIssued(other) && one.verify(other.publicKey)
  for (let one: X509Certificate | undefined = own, left = between.length; one !== undefined; left--) {
    const of: X509Certificate = one
    if (authorities.some((authority) => isBy(of, authority))) return null
    one = left > 0 ? between.find((other) => isBy(of, other)) : undefined
  }
  return `${cert} was not signed by the authority in ${ca}`
}
