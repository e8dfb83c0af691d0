/** Signed requests to a bucket, made again where the way to it broke or it was busy; and what a refusal means for whoever made the settings. */
import { createHash } from 'node:crypto'
import { request as plain, type IncomingMessage } from 'node:http'
import { request as secure } from 'node:https'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { BackupError } from './fault.ts'
import { signedHeaders, type BucketAccess } from './sigv4.ts'

export interface BucketOptions {
  readonly bucket: string
  /** Without slashes at its ends; '' = none. */
  readonly prefix: string
  /** `https://s3.eu-central-1.amazonaws.com`; the bucket is the first step of the path. */
  readonly endpoint: string
  readonly access: BucketAccess
  /** Before a request that failed is made again. */
  readonly pauseMs?: number
  readonly silenceMs?: number
}

export interface BucketRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** '' = the bucket itself. */
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** For messages: what it was asked to do. */
  readonly doing: string
}

const EMPTY_SHA256 = createHash('sha256').digest('hex')
const SILENCE_MS = 60_000
const TRIES = 4
const PAUSE_MS = 500
const HEAD_OF_ANSWER = 200

export class Bucket {
  readonly shown: string
  readonly #options: BucketOptions

  constructor(options: BucketOptions) {
    this.#options = options
    const { bucket, prefix } = options
    this.shown = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`
  }

  /** An answer below 300. Rejects with BackupError: `PART_MISSING` where there is no such object. */
  async ask(asked: BucketRequest): Promise<IncomingMessage> {
    for (let tried = 1; ; tried++) {
      const last = tried === TRIES
      try {
        const answer = await this.#once(asked)
        if (answer.statusCode! < 300) return answer
        const text = await textOf(answer)
        if (answer.statusCode! < 500 || last) throw this.#refused(answer, text, asked.doing)
      } catch (error) {
        if (error instanceof BackupError) throw error
        if (last) throw this.unreachable(error)
      }
      await sleep((this.#options.pauseMs ?? PAUSE_MS) * 2 ** (tried - 1))
    }
  }

  async text(asked: BucketRequest): Promise<string> {
    for (let tried = 1; ; tried++)
      try {
        return await textOf(await this.ask(asked))
      } catch (error) {
        if (error instanceof BackupError) throw error
        if (tried === TRIES) throw this.unreachable(error)
      }
  }

  /** An object as a stream, which goes on from where it broke. */
  async stream(asked: BucketRequest): Promise<Readable> {
    const first = await this.ask(asked)
    const total = Number(first.headers['content-length'] ?? NaN)
    const { ask } = this
    const again = ask.bind(this)
    const unreachable = (error: unknown): BackupError => this.unreachable(error)
    return Readable.from(
      (async function* () {
        let at = 0
        for (let tried = 1, answer = first; ; tried++)
          try {
            for await (const chunk of answer as AsyncIterable<Buffer>) {
              at += chunk.length
              yield chunk
            }
            if (Number.isNaN(total) || at >= total) return
            throw new Error('it ended too early')
          } catch (error) {
            if (error instanceof BackupError) throw error
            if (tried === TRIES) throw unreachable(error)
            answer = await again({ ...asked, headers: { range: `bytes=${at}-` } })
            if (answer.statusCode !== 206) throw unreachable('it gives no part of an object')
          }
      })(),
      { objectMode: false },
    )
  }

  unreachable(error: unknown): BackupError {
    const why = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : error
    return new BackupError('PLACE', `${this.shown} cannot be reached at ${this.#options.endpoint}: ${why}`)
  }

  #once({ method, key, query = {}, headers = {}, body }: BucketRequest): Promise<IncomingMessage> {
    const { bucket, endpoint, access, silenceMs = SILENCE_MS } = this.#options
    const path = [bucket, ...(key === '' ? [] : key.split('/'))].map(encodeURIComponent).join('/')
    const url = new URL(`${endpoint.replace(/\/$/, '')}/${path}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const sha256 = body === undefined ? EMPTY_SHA256 : createHash('sha256').update(body).digest('hex')
    return new Promise((resolve, reject) => {
      const asking = (url.protocol === 'http:' ? plain : secure)(
        url,
        {
          method,
          headers: {
            ...headers,
            ...signedHeaders({ method, url, sha256, nowMs: Date.now() }, access),
            'content-length': String(body?.length ?? 0),
          },
        },
        resolve,
      )
      asking.once('error', reject)
      asking.setTimeout(silenceMs, () =>
        asking.destroy(new Error(`it said nothing for ${silenceMs / 1000} s`)),
      )
      asking.end(body)
    })
  }

  #refused({ statusCode, headers }: IncomingMessage, text: string, doing: string): BackupError {
    const { bucket, access, endpoint } = this.#options
    const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? text.slice(0, HEAD_OF_ANSWER)
    const said = `${this.shown} refused ${doing}: ${statusCode} ${code}`.trim()
    if (code === 'NoSuchKey' || (statusCode === 404 && code === ''))
      return new BackupError('PART_MISSING', said)
    const elsewhere = headers['x-amz-bucket-region']
    const hint =
      code === 'NoSuchBucket'
        ? `there is no bucket ${bucket} at ${endpoint}: make it first`
        : code === 'InvalidAccessKeyId'
          ? `the service knows no key ${access.keyId}: look at AWS_ACCESS_KEY_ID`
          : code === 'SignatureDoesNotMatch'
            ? `the secret is not that of the key ${access.keyId}: look at AWS_SECRET_ACCESS_KEY`
            : code === 'ExpiredToken' || code === 'InvalidToken'
              ? 'the session token is not good any more: look at AWS_SESSION_TOKEN'
              : code === 'RequestTimeTooSkewed'
                ? 'the clock of this machine is wrong'
                : code === 'AuthorizationHeaderMalformed' || statusCode === 301
                  ? `the bucket lies in ${elsewhere === undefined ? 'another region' : `the region ${String(elsewhere)}`} than ${access.region}: look at AWS_REGION`
                  : code === 'AccessDenied' || statusCode === 403
                    ? 'the key needs the rights to list the bucket, and to get, put and delete below the prefix'
                    : null
    return new BackupError('PLACE', hint === null ? said : `${said}; ${hint}`)
  }
}

export async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
