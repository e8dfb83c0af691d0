/** Content-Encoding: a compressed body grows to what an uncompressed one may have, and no further. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { MOST_BODY_BYTES } from './body.ts'
import { CollectError } from './errors.ts'

type Inflater = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>
const [zlib, raw] = [promisify(inflate) as Inflater, promisify(inflateRaw) as Inflater]
/** RFC 9110 means zlib; many send the bare stream all the same. The first two bytes of zlib are a multiple of 31. */
const deflated: Inflater = (body, options) =>
  ((body[0] ?? 0) & 15) === 8 && body.length > 1 && body.readUInt16BE(0) % 31 === 0
    ? zlib(body, options)
    : raw(body, options)
const inflaters: Record<string, Inflater> = {
  gzip: promisify(gunzip) as Inflater,
  'x-gzip': promisify(gunzip) as Inflater,
  deflate: deflated,
  br: promisify(brotliDecompress) as Inflater,
}

/** What an answer to an unknown encoding names. */
export const ENCODINGS = 'gzip, deflate, br'

/** `identity` and absent are null. Throws CollectError for one that is not known. */
export function encodingOf(header: string | undefined): string | null {
  const named = (header ?? '').toLowerCase().split(',')
  const encoding = named
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'identity')
    .join(', ')
  if (encoding === '') return null
  if (!Object.hasOwn(inflaters, encoding))
    throw new CollectError(
      'unsupported_media_type',
      `content-encoding ${encoding.slice(0, 40)}: send ${ENCODINGS}, or the body uncompressed`,
    )
  return encoding
}

/** Off the loop. Throws CollectError: no such data, or more than is allowed; a bomb ends at that limit. */
export async function inflated(body: Buffer, encoding: string | null): Promise<Buffer> {
  if (encoding === null) return body
  try {
    return await inflaters[encoding]!(body, { maxOutputLength: MOST_BODY_BYTES })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new CollectError(
        'request_too_large',
        `the body inflates to more than ${MOST_BODY_BYTES} bytes; send several requests`,
      )
    throw new CollectError('bad_request', `the body is not whole ${encoding}`)
  }
}
