/** Backups in a bucket of S3, or of a service that speaks like it. The manifest is written last: an object without one beside it belongs to no backup. */
import { Bucket, type BucketOptions } from './bucket-requests.ts'
import { BackupError } from './fault.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { putFile } from './multipart.ts'
import { BACKUP_NAME, missing, type BackupPlace } from './place.ts'
import { timeOfName } from './retention.ts'

export function bucketPlace(options: BucketOptions & { readonly pieceBytes?: number }): BackupPlace {
  const { prefix } = options
  const bucket = new Bucket(options)
  const keyOf = (...steps: string[]): string => [...(prefix === '' ? [] : [prefix]), ...steps].join('/')
  const under = prefix === '' ? '' : `${prefix}/`

  const named =
    (name: string, file: string) =>
    (error: unknown): never => {
      if (error instanceof BackupError && error.code === 'PART_MISSING')
        throw new BackupError('PART_MISSING', missing(name, file))
      throw error
    }
  const getting = (name: string, file: string) => {
    const key = keyOf(name, file)
    return { method: 'GET', key, doing: `to give ${key}` } as const
  }

  /** Keys below, and the steps below where `delimiter` cuts them. */
  async function list(prefix: string, delimiter: boolean): Promise<{ keys: string[]; steps: string[] }> {
    const [keys, steps]: [string[], string[]] = [[], []]
    for (let token: string | undefined; ; ) {
      const text = await bucket.text({
        method: 'GET',
        key: '',
        query: {
          'list-type': '2',
          prefix,
          ...(delimiter && { delimiter: '/' }),
          ...(token !== undefined && { 'continuation-token': token }),
        },
        doing: 'to list its backups',
      })
      keys.push(...all(text, /<Key>([^<]*)<\/Key>/g))
      steps.push(...all(text, /<CommonPrefixes>\s*<Prefix>([^<]*)<\/Prefix>/g))
      token = all(text, /<NextContinuationToken>([^<]+)</g)[0]
      if (token === undefined) return { keys, steps }
    }
  }

  async function remove(name: string): Promise<void> {
    const { keys } = await list(`${keyOf(name)}/`, false)
    // The manifest first: half a backup must not look like one.
    const isManifest = (key: string): boolean => key.endsWith(`/${MANIFEST_FILE}`)
    for (const key of [...keys.filter(isManifest), ...keys.filter((one) => !isManifest(one))])
      await bucket.text({ method: 'DELETE', key, doing: `to delete ${key}` })
  }

  async function manifest(name: string): Promise<string | null> {
    try {
      return await bucket.text(getting(name, MANIFEST_FILE))
    } catch (error) {
      if (error instanceof BackupError && error.code === 'PART_MISSING') return null
      throw error
    }
  }

  /** Names that there is anything of, and whether each is a backup. */
  async function found(): Promise<{ name: string; isWhole: boolean }[]> {
    const names = (await list(under, true)).steps
      .map((step) => step.slice(under.length, -1))
      .filter((name) => BACKUP_NAME.test(name))
      .sort()
    return Promise.all(names.map(async (name) => ({ name, isWhole: (await manifest(name)) !== null })))
  }

  return {
    shown: bucket.shown,
    names: async () => (await found()).filter(({ isWhole }) => isWhole).map(({ name }) => name),
    files: async (name) =>
      (await list(`${keyOf(name)}/`, false)).keys.map((key) => key.slice(keyOf(name).length + 1)),
    read: (name, file) => bucket.stream(getting(name, file)).catch(named(name, file)),
    manifest,
    remove,
    async removeRemnants(beforeMs) {
      const remnants = (await found()).filter(({ name, isWhole }) => !isWhole && timeOfName(name) < beforeMs)
      for (const { name } of remnants) await remove(name)
    },
    async draft(name) {
      return {
        add: (file, path) => putFile(bucket, keyOf(name, file), path, options.pieceBytes),
        read: (file) => bucket.stream(getting(name, file)).catch(named(name, file)),
        async finish(text) {
          const key = keyOf(name, MANIFEST_FILE)
          await bucket.text({ method: 'PUT', key, body: Buffer.from(text), doing: `to keep ${key}` })
        },
        discard: () => remove(name),
      }
    },
  }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** What the first group finds, each time; out of XML. */
function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found]) =>
    found!.replaceAll(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) =>
      name.startsWith('#')
        ? String.fromCodePoint(Number(name.replace('#', '').replace(/^x/i, '0x')))
        : (ENTITIES[name] ?? whole),
    ),
  )
}
