/** Undoes the compression of a batch, never past a stated size: 510 KB of gzip can hide 512 MB. */
import { inflateGzip } from './codecs/gzip.ts'
import { GrowsPast, type Inflate } from './codecs/limit.ts'
import { inflateLz4 } from './codecs/lz4.ts'
import { inflateSnappy } from './codecs/snappy.ts'
import { inflateZstd } from './codecs/zstd.ts'
import { LogError } from './errors.ts'

/** By Kafka's number of the codec. */
const codecs: Record<number, { name: string; inflate: Inflate }> = {
  1: { name: 'gzip', inflate: inflateGzip },
  2: { name: 'snappy', inflate: inflateSnappy },
  3: { name: 'lz4', inflate: inflateLz4 },
  4: { name: 'zstd', inflate: inflateZstd },
}

/** Errors: INFLATED_TOO_LARGE, CORRUPT_BATCH, CODEC_UNSUPPORTED (its library was not built for this machine). */
export function inflate(codec: number, packed: Buffer, maxBytes: number, baseOffset: number): Buffer {
  const found = codecs[codec]
  if (found === undefined)
    throw new LogError('CORRUPT_BATCH', `unknown compression ${codec} at offset ${baseOffset}`)
  const { name } = found
  try {
    return found.inflate(packed, maxBytes)
  } catch (error) {
    if (error instanceof GrowsPast)
      throw new LogError(
        'INFLATED_TOO_LARGE',
        `the batch at offset ${baseOffset} is ${packed.length} bytes of ${name} and grows past ${maxBytes}`,
      )
    if (isMissing(error))
      throw new LogError(
        'CODEC_UNSUPPORTED',
        `${name} at offset ${baseOffset}: its library does not load on ${process.platform}-${process.arch}; run npm ci, or set compression.type of the topic to gzip or none`,
        error,
      )
    throw new LogError(
      'CORRUPT_BATCH',
      `the ${name} data of the batch at offset ${baseOffset} do not inflate`,
      error,
    )
  }
}

/** As the loader of the prebuilt library says it. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    ('code' in error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_DLOPEN_FAILED')) ||
    /native binding/i.test(error.message)
  )
}
