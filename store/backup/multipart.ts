/** A file into a bucket. A big one goes piece by piece, so that what breaks costs a piece, and no more memory is used than one takes. */
import { open } from 'node:fs/promises'
import type { Bucket } from './bucket-requests.ts'
import { BackupError } from './fault.ts'

/** The service takes no smaller ones but the last, and ten thousand at the most. */
const PIECE_BYTES = 16 * 2 ** 20
const PIECES = 10_000

export async function putFile(
  bucket: Bucket,
  key: string,
  path: string,
  pieceBytes = PIECE_BYTES,
): Promise<void> {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    const pieceSize = Math.max(pieceBytes, Math.ceil(size / PIECES))
    const piece = async (at: number): Promise<Buffer> => {
      const bytes = Buffer.alloc(Math.min(pieceSize, size - at))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at)
      return bytes.subarray(0, bytesRead)
    }
    const doing = `to keep ${key}`
    if (size <= pieceSize) await bucket.text({ method: 'PUT', key, body: await piece(0), doing })
    else await putPieces(bucket, key, Math.ceil(size / pieceSize), (n) => piece(n * pieceSize), doing)
  } finally {
    await handle.close()
  }
}

async function putPieces(
  bucket: Bucket,
  key: string,
  count: number,
  piece: (n: number) => Promise<Buffer>,
  doing: string,
): Promise<void> {
  const begun = await bucket.text({ method: 'POST', key, query: { uploads: '' }, doing })
  const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(begun)?.[1]
  if (uploadId === undefined)
    throw new BackupError('PLACE', `${bucket.shown} began no upload of ${key} in pieces`)
  try {
    const tags: string[] = []
    for (let n = 0; n < count; n++) {
      const query = { partNumber: String(n + 1), uploadId }
      const answer = await bucket.ask({ method: 'PUT', key, query, body: await piece(n), doing })
      answer.resume()
      tags.push(String(answer.headers['etag'] ?? ''))
    }
    const list = tags.map((tag, n) => `<Part><PartNumber>${n + 1}</PartNumber><ETag>${tag}</ETag></Part>`)
    const body = Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`)
    const said = await bucket.text({ method: 'POST', key, query: { uploadId }, body, doing })
    // It may answer 200 before it has tried.
    const fault = /<Code>([^<]+)<\/Code>/.exec(said)?.[1]
    if (fault !== undefined) throw new BackupError('PLACE', `${bucket.shown} refused ${doing}: ${fault}`)
  } catch (error) {
    await bucket
      .text({ method: 'DELETE', key, query: { uploadId }, doing: `to drop the pieces of ${key}` })
      .catch(() => {}) // what went wrong first is what is said
    throw error
  }
}
