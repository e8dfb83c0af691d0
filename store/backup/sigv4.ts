/** The signature of a request to an S3-compatible service (AWS Signature Version 4, one request, hash of the body known). */
import { createHash, createHmac } from 'node:crypto'

export interface BucketAccess {
  readonly keyId: string
  readonly secret: string
  readonly sessionToken?: string
  readonly region: string
}

export interface RequestToSign {
  readonly method: string
  readonly url: URL
  /** Of the body, hexadecimal. */
  readonly sha256: string
  readonly nowMs: number
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** The headers that it must bear; also what a server works out again. */
export function signedHeaders(
  { method, url, sha256, nowMs }: RequestToSign,
  { keyId, secret, sessionToken, region }: BucketAccess,
): Record<string, string> {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const day = time.slice(0, 8)
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-content-sha256': sha256,
    'x-amz-date': time,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(headers).sort()
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const canonical = [
    method,
    url.pathname
      .split('/')
      .map((step) => encode(decodeURIComponent(step)))
      .join('/'),
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join(
    '\n',
  )
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  const signature = hmac(key, text).toString('hex')
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

/** As the signature wants it: every byte but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
