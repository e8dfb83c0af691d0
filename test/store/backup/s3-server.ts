/** A bucket service for tests: objects in memory, pages of two keys, and every signature worked out again by rules of its own. */
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export const ACCESS = {
  keyId: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-test-1',
}
const PAGE = 2

export interface S3Server {
  readonly endpoint: string
  readonly objects: Map<string, Buffer>
  stop(): Promise<void>
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const sign = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Null where the request is signed as it must be, else what is wrong. */
function fault(request: IncomingMessage, body: Buffer): string | null {
  const { authorization = '', 'x-amz-date': date, 'x-amz-content-sha256': hash } = request.headers
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    )
  if (found === null || typeof date !== 'string') return 'AccessDenied'
  const [, keyId, day, region, names, signature] = found as unknown as string[]
  if (keyId !== ACCESS.keyId) return 'InvalidAccessKeyId'
  if (hash !== sha256(body)) return 'XAmzContentSHA256Mismatch'
  if (region !== ACCESS.region || !date.startsWith(day!)) return 'AuthorizationHeaderMalformed'
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names!.split(';').includes(name)))
    return 'AccessDenied'
  const [path, query = ''] = request.url!.split('?')
  const canonical = [
    request.method,
    path,
    query
      .split('&')
      .map((pair) => pair.replaceAll('+', '%20').replaceAll('*', '%2A'))
      .sort()
      .join('&'),
    ...names!.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names,
    hash,
  ].join('\n')
  const text = `AWS4-HMAC-SHA256\n${date}\n${day}/${region}/s3/aws4_request\n${sha256(canonical)}`
  const key = sign(sign(sign(sign(`AWS4${ACCESS.secret}`, day!), region!), 's3'), 'aws4_request')
  return sign(key, text).toString('hex') === signature ? null : 'SignatureDoesNotMatch'
}

export async function startS3(bucket: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>()
  const list = (query: URLSearchParams): string => {
    const prefix = query.get('prefix') ?? ''
    const under = [...objects.keys()].filter((key) => key.startsWith(prefix))
    const rows = query.has('delimiter')
      ? [...new Set(under.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1)))].sort()
      : under.sort()
    const from = Number(query.get('continuation-token') ?? 0)
    const page = rows.slice(from, from + PAGE)
    const more = from + PAGE < rows.length
    return `<ListBucketResult><Prefix>${prefix}</Prefix>${page
      .map((row) =>
        query.has('delimiter')
          ? `<CommonPrefixes><Prefix>${row}</Prefix></CommonPrefixes>`
          : `<Contents><Key>${row}</Key></Contents>`,
      )
      .join(
        '',
      )}${more ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : ''}</ListBucketResult>`
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const url = new URL(request.url!, 'http://s3')
      const [, name, ...steps] = url.pathname.split('/').map(decodeURIComponent)
      const key = steps.join('/')
      const wrong = fault(request, body) ?? (name === bucket ? null : 'NoSuchBucket')
      const answer = (status: number, content: string | Buffer = ''): void =>
        void response.writeHead(status).end(content)
      if (wrong !== null) return answer(403, `<Error><Code>${wrong}</Code></Error>`)
      if (request.method === 'PUT') {
        objects.set(key, body)
        return answer(200)
      }
      if (request.method === 'DELETE') {
        objects.delete(key)
        return answer(204)
      }
      if (key === '') return answer(200, list(url.searchParams))
      const found = objects.get(key)
      return found === undefined ? answer(404, '<Error><Code>NoSuchKey</Code></Error>') : answer(200, found)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
