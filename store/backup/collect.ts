/** From a copy of a node to the parts of an archive: the keys of a partition together, its `pos` last, and where each partition stood. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Store } from '../connection/connection.ts'
import { isKeeperKey } from '../keeper-keys.ts'
import { isCatalogKey } from '../keys.ts'
import { diskFault } from './fault.ts'
import { encodeEntry, readEntries } from './entries.ts'
import { sealing } from './frames.ts'
import { groupOf, inOrder, isPos, REST } from './groups.ts'
import type { BackupKey } from './key.ts'
import type { BackedPart, BackedPosition, BackedSource } from './manifest.ts'
import type { BackupDraft } from './place.ts'

/** A part is cut here, so that a bucket takes each file in one request. */
const PART_BYTES = 256 * 1024 * 1024

/** Each goes to a thread and back to be compressed: one of a key or two is more waiting than work, for all that this process does beside. */
export const CHUNK_BYTES = 128 * 1024

export interface CollectOptions {
  /** Holds the copy; nobody writes to it. */
  readonly copy: Store
  readonly node: number
  readonly key: BackupKey
  readonly draft: BackupDraft
  /** For files that are on their way. */
  readonly scratch: string
  readonly partBytes?: number
  readonly progress?: (keys: number, total: number) => void
}

export interface Collected {
  readonly parts: readonly BackedPart[]
  readonly positions: readonly BackedPosition[]
  readonly sources: readonly BackedSource[]
  /** `SOURCE.PARTITION`, of which anything was found. */
  readonly partitions: readonly string[]
}

/** Throws StoreError, BackupError. */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { copy, progress } = options
  const groups = new Map<string, string[]>()
  const catalogs: string[] = []
  let total = 0
  for await (const key of keysOf(copy)) {
    if (isKeeperKey(key)) continue
    const group = groupOf(key)
    const list = groups.get(group)
    if (list === undefined) groups.set(group, [key])
    else list.push(key)
    if (isCatalogKey(key)) catalogs.push(key)
    total++
  }
  const parts: BackedPart[] = []
  const positions: BackedPosition[] = []
  let done = 0
  for (const [group, keys] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const ordered = inOrder(keys)
    parts.push(...(await writeParts(options, group, ordered, (count) => progress?.((done += count), total))))
    if (group === REST) continue
    for (const pos of ordered.filter(isPos)) positions.push(...(await positionOf(copy, pos)))
  }
  return {
    parts,
    positions,
    sources: await Promise.all(catalogs.sort().map((key) => sourceOf(copy, key))),
    partitions: [...groups.keys()].filter((group) => group !== REST),
  }
}

/** Names are bytes, and need not be text: as latin1. */
async function* keysOf(copy: Store): AsyncGenerator<string> {
  let cursor = '0'
  do {
    const [answer] = await copy.pipeline([['SCAN', cursor, 'COUNT', 1000]])
    const [next, keys] = answer as [Buffer, Buffer[]]
    cursor = next.toString()
    for (const key of keys) yield key.toString('latin1')
  } while (cursor !== '0')
}

async function writeParts(
  { copy, node, key, draft, scratch, partBytes = PART_BYTES }: CollectOptions,
  group: string,
  keys: readonly string[],
  counted: (keys: number) => void,
): Promise<BackedPart[]> {
  const parts: BackedPart[] = []
  const entries = readEntries(copy, keys)
  const state = { isOver: false }
  while (!state.isOver) {
    const file = `${node}-${group}-${parts.length}.part`
    let [count, expiring, plainBytes] = [0, 0, 0]
    const plain = async function* (): AsyncGenerator<Buffer> {
      let [waiting, waitingBytes]: [Buffer[], number] = [[], 0]
      while (plainBytes < partBytes) {
        const next = await entries.next()
        if (next.done === true) {
          state.isOver = true
          break
        }
        const bytes = encodeEntry(next.value)
        count++
        if (next.value.expiresMs > 0) expiring++
        plainBytes += bytes.length
        waiting.push(bytes)
        waitingBytes += bytes.length
        counted(1)
        if (waitingBytes < CHUNK_BYTES) continue
        yield Buffer.concat(waiting)
        ;[waiting, waitingBytes] = [[], 0]
      }
      if (waitingBytes > 0) yield Buffer.concat(waiting)
    }
    const path = join(scratch, file)
    const meter = new Meter()
    const write = createWriteStream(path, { mode: 0o600 })
    try {
      await pipeline(
        Readable.from(plain()),
        createGzip({ level: 1, chunkSize: CHUNK_BYTES }),
        sealing(key, file),
        meter,
        write,
      )
    } catch (error) {
      throw diskFault(error, scratch) ?? error
    }
    if (count > 0 || parts.length === 0) {
      const sha256 = meter.digest()
      await draft.add(file, path)
      parts.push({ file, node, keys: count, expiring, plainBytes, bytes: meter.bytes, sha256 })
    }
    await rm(path)
  }
  return parts
}

/** Lets bytes through, and knows their number and hash. */
export class Meter extends Transform {
  readonly #hash = createHash('sha256')
  bytes = 0

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk)
    this.bytes += chunk.length
    done(null, chunk)
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}

async function fieldsOf(store: Pick<Store, 'pipeline'>, key: string): Promise<Map<string, string>> {
  const [flat] = (await store.pipeline([['HGETALL', key]])) as [Buffer[]]
  const fields = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at]!.toString(), flat[at + 1]!.toString())
  return fields
}

/** None where the key holds no position. */
export async function positionOf(store: Pick<Store, 'pipeline'>, key: string): Promise<BackedPosition[]> {
  const [, source, partition, generation] = /^tm:\{([^{}/]+)\/(\d+)~[^{}]*\}:g(\d+):pos$/.exec(key)!
  const fields = await fieldsOf(store, key)
  if (!fields.has('next')) return []
  const number = (field: string): number => Number(fields.get(field) ?? 0)
  return [
    {
      source: source!,
      partition: Number(partition),
      generation: Number(generation),
      first: number('first'),
      next: number('next'),
      def: fields.get('def') ?? '',
      cluster: fields.get('cluster') ?? '',
      topic: fields.get('topic') ?? '',
      counted: number('e:counted'),
    },
  ]
}

async function sourceOf(store: Store, key: string): Promise<BackedSource> {
  const fields = await fieldsOf(store, key)
  const generations = [...fields].flatMap(([field, text]) => {
    const number = /^g:(\d+)$/.exec(field)?.[1]
    if (number === undefined) return []
    const {
      def = '',
      state = '',
      source,
    } = JSON.parse(text) as { def?: string; state?: string; source?: { topic?: string } }
    return [{ generation: Number(number), def, state, topic: source?.topic ?? '' }]
  })
  return {
    source: key.slice('tm:{'.length, -'}:catalog'.length),
    active: Number(fields.get('active') ?? 0),
    generations: generations.sort((a, b) => a.generation - b.generation),
  }
}
