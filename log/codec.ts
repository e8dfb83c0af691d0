/** Undoes the compression of a batch, never past a stated size: 510 KB of gzip can hide 512 MB. */
import { gunzipSync } from 'node:zlib'
import { LogError } from './errors.ts'

const NAMES: Record<number, string> = { 1: 'gzip', 2: 'snappy', 3: 'lz4', 4: 'zstd' }
const GZIP = 1

/** Errors: CODEC_UNSUPPORTED, INFLATED_TOO_LARGE, CORRUPT_BATCH. */
export function inflate(codec: number, packed: Buffer, maxBytes: number, baseOffset: number): Buffer {
  const name = NAMES[codec]
  if (name === undefined) throw new LogError('CORRUPT_BATCH', `unknown compression ${codec} at offset ${baseOffset}`)
  if (codec !== GZIP)
    throw new LogError('CODEC_UNSUPPORTED', `${name} at offset ${baseOffset}; set compression.type of the producer or the topic to gzip or none`)
  try {
    return gunzipSync(packed, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new LogError('INFLATED_TOO_LARGE', `the batch at offset ${baseOffset} is ${packed.length} bytes and grows past ${maxBytes}`)
    throw new LogError('CORRUPT_BATCH', `the ${name} data of the batch at offset ${baseOffset} do not inflate`, error)
  }
}
