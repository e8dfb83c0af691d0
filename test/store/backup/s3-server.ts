/** A bucket service for tests: objects in memory, pages of two keys, uploads in pieces, and every signature worked out again by rules of its own. */
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export const ACCESS = {
  keyId: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-test-1',
}
/** May list and get. */
export const READER = { ...ACCESS, keyId: 'AKIDREADER' }
const PAGE = 2

export interface S3Server {
  readonly endpoint: string
  readonly objects: Map<string, Buffer>
  /** Keys of uploads in pieces that are neither finished nor given up. */
  readonly uploads: Map<string, { readonly key: string; readonly pieces: Map<number, Buffer> }>
  /** What is asked next: `break` ends the connection in the middle, `busy` answers 503; null = nothing. */
  trouble: (method: string, key: string) => 'break' | 'busy' | null
  /** `METHOD key`, of all that were asked. */
  readonly asked: string[]
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
  if (keyId !== ACCESS.keyId && keyId !== READER.keyId) return 'InvalidAccessKeyId'
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
  if (sign(key, text).toString('hex') !== signature) return 'SignatureDoesNotMatch'
  return keyId === READER.keyId && request.method !== 'GET' ? 'AccessDenied' : null
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
  const uploads: S3Server['uploads'] = new Map()
  let started = 0
  const inPieces = (method: string, key: string, query: URLSearchParams, body: Buffer): [number, string] => {
    if (query.has('uploads')) {
      uploads.set(`u${++started}`, { key, pieces: new Map() })
      return [200, `<R><UploadId>u${started}</UploadId></R>`]
    }
    const id = query.get('uploadId')!
    const upload = uploads.get(id)
    if (upload?.key !== key) return [404, '<Error><Code>NoSuchUpload</Code></Error>']
    if (method === 'PUT') {
      upload.pieces.set(Number(query.get('partNumber')), body)
      return [200, '']
    }
    uploads.delete(id)
    if (method === 'DELETE') return [204, '']
    const wanted = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)].map(
      ([, n, tag]) => ({ bytes: upload.pieces.get(Number(n))!, tag }),
    )
    // It answers 200 all the same, as the real one may.
    if (wanted.some(({ bytes, tag }) => tag !== sha256(bytes)))
      return [200, '<Error><Code>InvalidPart</Code></Error>']
    objects.set(key, Buffer.concat(wanted.map(({ bytes }) => bytes)))
    return [200, '<CompleteMultipartUploadResult/>']
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const [body, method] = [Buffer.concat(chunks), request.method!]
      const url = new URL(request.url!, 'http://s3')
      const [, name, ...steps] = url.pathname.split('/').map(decodeURIComponent)
      const key = steps.join('/')
      const wrong = fault(request, body) ?? (name === bucket ? null : 'NoSuchBucket')
      const answer = (status: number, content: string | Buffer = '', headers = {}): void =>
        void response.writeHead(status, { 'content-length': content.length, ...headers }).end(content)
      if (wrong !== null)
        return answer(wrong === 'NoSuchBucket' ? 404 : 403, `<Error><Code>${wrong}</Code></Error>`)
      s3.asked.push(`${method} ${key}`)
      const trouble = s3.trouble(method, key)
      if (trouble === 'busy') return answer(503, '<Error><Code>SlowDown</Code></Error>')
      if (trouble === 'break' && method !== 'GET') return void request.socket.destroy()
      if (url.searchParams.has('uploads') || url.searchParams.has('uploadId')) {
        const [status, content] = inPieces(method, key, url.searchParams, body)
        return answer(status, content, method === 'PUT' ? { etag: sha256(body) } : {})
      }
      if (method === 'PUT') {
        objects.set(key, body)
        return answer(200)
      }
      if (method === 'DELETE') {
        objects.delete(key)
        return answer(204)
      }
      if (key === '') return answer(200, list(url.searchParams))
      const found = objects.get(key)
      if (found === undefined) return answer(404, '<Error><Code>NoSuchKey</Code></Error>')
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
      const some = found.subarray(from)
      if (trouble === null) return answer(from > 0 ? 206 : 200, some)
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': some.length })
      response.write(some.subarray(0, some.length >> 1), () => request.socket.destroy())
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const s3: S3Server = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    uploads,
    trouble: () => null,
    asked: [],
    stop: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  return s3
}
