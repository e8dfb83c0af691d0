/** Backups in a bucket of S3, or of a service that speaks like it. The manifest is written last: an object without one beside it belongs to no backup. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { request as plain, type IncomingMessage } from 'node:http'
import { request as secure } from 'node:https'
import { Readable } from 'node:stream'
import { BackupError } from './fault.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { BACKUP_NAME, missing, type BackupPlace } from './place.ts'
import { signedHeaders, type BucketAccess } from './sigv4.ts'

export interface BucketOptions {
  readonly bucket: string
  /** Without slashes at its ends; '' = none. */
  readonly prefix: string
  /** `https://s3.eu-central-1.amazonaws.com`; the bucket is the first step of the path. */
  readonly endpoint: string
  readonly access: BucketAccess
}

const EMPTY_SHA256 = createHash('sha256').digest('hex')
const SILENCE_MS = 60_000
const HEAD_OF_ANSWER = 500

interface Body {
  readonly stream: Readable
  readonly bytes: number
  readonly sha256: string
}

export function bucketPlace({ bucket, prefix, endpoint, access }: BucketOptions): BackupPlace {
  const shown = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`
  const keyOf = (...steps: string[]): string => [...(prefix === '' ? [] : [prefix]), ...steps].join('/')

  /** The answer, whatever its status. */
  function ask(
    method: string,
    key: string,
    query: Record<string, string> = {},
    body?: Body,
  ): Promise<IncomingMessage> {
    const path = [bucket, ...(key === '' ? [] : key.split('/'))].map(encodeURIComponent).join('/')
    const url = new URL(`${endpoint.replace(/\/$/, '')}/${path}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const sha256 = body?.sha256 ?? EMPTY_SHA256
    const headers = {
      ...signedHeaders({ method, url, sha256, nowMs: Date.now() }, access),
      'content-length': String(body?.bytes ?? 0),
    }
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void =>
        reject(new BackupError('PLACE', `${shown} cannot be reached: ${error.message}`))
      const asking = (url.protocol === 'http:' ? plain : secure)(url, { method, headers }, resolve)
      asking.once('error', failed)
      asking.setTimeout(SILENCE_MS, () =>
        asking.destroy(new Error(`it said nothing for ${SILENCE_MS / 1000} s`)),
      )
      if (body === undefined) asking.end()
      else body.stream.once('error', failed).pipe(asking)
    })
  }

  async function textOf(answer: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString()
  }

  async function refused(answer: IncomingMessage, doing: string): Promise<BackupError> {
    const text = await textOf(answer)
    const why = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? text.slice(0, HEAD_OF_ANSWER)
    return new BackupError('PLACE', `${shown} refused ${doing}: ${answer.statusCode} ${why}`)
  }

  async function put(key: string, body: Body): Promise<void> {
    const answer = await ask('PUT', key, {}, body)
    if (answer.statusCode !== 200) throw await refused(answer, `to keep ${key}`)
    answer.resume()
  }

  async function get(name: string, file: string): Promise<IncomingMessage> {
    const answer = await ask('GET', keyOf(name, file))
    if (answer.statusCode === 200) return answer
    const fault = await refused(answer, `to give ${keyOf(name, file)}`)
    throw answer.statusCode === 404 ? new BackupError('PART_MISSING', missing(name, file)) : fault
  }

  /** Keys under a prefix, and the steps below it where `delimiter` cuts them. */
  async function list(under: string, delimiter: boolean): Promise<{ keys: string[]; steps: string[] }> {
    const [keys, steps]: [string[], string[]] = [[], []]
    for (let token: string | undefined; ; ) {
      const answer = await ask('GET', '', {
        'list-type': '2',
        prefix: under,
        ...(delimiter && { delimiter: '/' }),
        ...(token !== undefined && { 'continuation-token': token }),
      })
      if (answer.statusCode !== 200) throw await refused(answer, 'to list its backups')
      const text = await textOf(answer)
      keys.push(...[...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!))
      steps.push(
        ...[...text.matchAll(/<CommonPrefixes>\s*<Prefix>([^<]*)<\/Prefix>/g)].map(([, step]) => step!),
      )
      token = /<NextContinuationToken>([^<]+)</.exec(text)?.[1]
      if (token === undefined) return { keys, steps }
    }
  }

  async function remove(name: string): Promise<void> {
    const { keys } = await list(`${keyOf(name)}/`, false)
    // The manifest first: half a backup must not look like one.
    const isManifest = (key: string): boolean => key.endsWith(`/${MANIFEST_FILE}`)
    for (const key of [...keys.filter(isManifest), ...keys.filter((one) => !isManifest(one))]) {
      const answer = await ask('DELETE', key)
      if (answer.statusCode !== 204 && answer.statusCode !== 200)
        throw await refused(answer, `to delete ${key}`)
      answer.resume()
    }
  }

  async function manifest(name: string): Promise<string | null> {
    try {
      return await textOf(await get(name, MANIFEST_FILE))
    } catch (error) {
      if (error instanceof BackupError && error.code === 'PART_MISSING') return null
      throw error
    }
  }

  return {
    shown,
    async names() {
      const under = prefix === '' ? '' : `${prefix}/`
      const found = (await list(under, true)).steps
        .map((step) => step.slice(under.length, -1))
        .filter((name) => BACKUP_NAME.test(name))
        .sort()
      const whole = await Promise.all(found.map(async (name) => (await manifest(name)) !== null))
      return found.filter((_, at) => whole[at])
    },
    read: get,
    manifest,
    remove,
    async draft(name) {
      return {
        async add(file, path, sha256) {
          const { size } = await stat(path)
          await put(keyOf(name, file), { stream: createReadStream(path), bytes: size, sha256 })
        },
        read: (file) => get(name, file),
        async finish(text) {
          const bytes = Buffer.from(text)
          await put(keyOf(name, MANIFEST_FILE), {
            stream: Readable.from([bytes]),
            bytes: bytes.length,
            sha256: createHash('sha256').update(bytes).digest('hex'),
          })
        },
        discard: () => remove(name),
      }
    },
  }
}
