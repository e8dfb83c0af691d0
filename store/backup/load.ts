/** Puts the parts of a backup into a store, and looks whether what stands there then is what stood when it was made. */
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Store } from '../connection/connection.ts'
import { partitionKeys } from '../keys.ts'
import { CHUNK_BYTES, Meter, positionOf } from './collect.ts'
import { decodeEntries, isTooOld, writeEntries } from './entries.ts'
import { BackupError } from './fault.ts'
import { openFrames } from './frames.ts'
import type { BackupKey } from './key.ts'
import type { BackedPart, Manifest } from './manifest.ts'

export interface LoadOptions {
  readonly store: Store
  readonly key: BackupKey
  readonly manifest: Pick<Manifest, 'name' | 'parts' | 'positions' | 'sources'> & {
    /** Absent while it is rehearsed. */
    readonly verified?: Manifest['verified']
  }
  readonly read: (file: string) => Promise<Readable>
  readonly progress?: (keys: number, total: number) => void
}

/** Throws BackupError, StoreError. */
export async function loadParts(options: LoadOptions): Promise<void> {
  const { manifest } = options
  const total = manifest.parts.reduce((sum, { keys }) => sum + keys, 0)
  let done = 0
  for (const part of manifest.parts)
    await loadPart(options, part, () => {
      done++
      options.progress?.(done, total)
    })
  await compare(options)
}

async function loadPart(
  { store, key, read, manifest }: LoadOptions,
  part: BackedPart,
  counted: () => void,
): Promise<void> {
  const meter = new Meter()
  let written = 0
  const reading = pipeline(
    await read(part.file),
    meter,
    (file: AsyncIterable<Buffer>) => openFrames(file, key, part.file),
    createGunzip({ chunkSize: CHUNK_BYTES }),
    async (plain: AsyncIterable<Buffer>) => {
      written = await writeEntries(store, decodeEntries(plain), counted)
    },
  )
  await reading.catch((error: Error) => {
    if (!isTooOld(error)) throw error
    throw new BackupError(
      'NOT_RESTORED',
      `the values of backup ${manifest.name} are as the server wrote them that read the copy${manifest.verified === undefined ? '' : ` (version ${manifest.verified.engine})`}, and this server cannot read them: restore it into one as new as that, or newer`,
    )
  })
  if (meter.digest() !== part.sha256 || written !== part.keys)
    throw new BackupError(
      'PART_CHANGED',
      `the file ${part.file} of backup ${manifest.name} is not the one that its manifest speaks of`,
    )
}

/** Every partition stands where it stood, and its ledgers add up. */
async function compare({ store, manifest }: LoadOptions): Promise<void> {
  for (const wanted of manifest.positions) {
    const key = partitionKeys(wanted.source, wanted.partition, wanted.generation).pos
    const [found] = await positionOf(store, key)
    if (found === undefined || JSON.stringify(found) !== JSON.stringify(wanted))
      throw new BackupError(
        'NOT_RESTORED',
        `partition ${wanted.partition} of ${wanted.source} stands at ${found?.next ?? 'nothing'} in the restored store, and stood at ${wanted.next}: somebody writes to it, or the engine is another one`,
      )
  }
}
