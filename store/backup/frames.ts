/**
 * A file of the archive: frames of AES-256-GCM, each authenticated by itself, so that a file of any size is written and read as a stream. The nonce of a frame
 * is its number and whether it is the last one; the key is the file's own. So a frame that is changed, moved, doubled, left out or taken from another file does
 * not open, and neither does a file without its last frame.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { ByteReader } from './byte-reader.ts'
import { BackupError } from './fault.ts'
import type { BackupKey } from './key.ts'

const MAGIC = Buffer.from('TMBK1\n')
const SALT_BYTES = 16
const TAG_BYTES = 16
const LENGTH_BYTES = 4
const FRAME_BYTES = 64 * 1024
/** The top bit of the length says that the frame is the last one. */
const LENGTH_MASK = 0x7fffffff
const CIPHER = 'aes-256-gcm'

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(number), 3)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** Plain bytes in, the file out. `name`: under which the file is kept; another name does not open it. */
export function sealing(key: BackupKey, name: string): Transform {
  const salt = randomBytes(SALT_BYTES)
  const fileKey = key.fileKey(salt, name)
  let held: Buffer = Buffer.alloc(0)
  let number = 0
  const frame = (isLast: boolean): Buffer => {
    const plain = held.subarray(0, FRAME_BYTES)
    held = held.subarray(plain.length)
    const cipher = createCipheriv(CIPHER, fileKey, nonceOf(number++, isLast))
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE((sealed.length | (isLast ? LENGTH_MASK + 1 : 0)) >>> 0)
    return Buffer.concat([length, sealed, cipher.getAuthTag()])
  }
  return new Transform({
    construct(done) {
      this.push(Buffer.concat([MAGIC, salt]))
      done()
    },
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      while (held.length > FRAME_BYTES) this.push(frame(false))
      done()
    },
    flush(done: TransformCallback) {
      done(null, frame(true))
    },
  })
}

/** The file in, plain bytes out. Throws {@link BackupError} where the file is not as it was written. */
export async function* openFrames(
  file: AsyncIterable<Buffer>,
  key: BackupKey,
  name: string,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(file)
  const changed = (what: string): BackupError =>
    new BackupError(
      'PART_CHANGED',
      `the file ${name} of the backup was changed since it was written: ${what}`,
    )
  const take = async (count: number): Promise<Buffer> => {
    const bytes = await reader.take(count)
    if (bytes !== null) return bytes
    throw new BackupError(
      'PART_CUT',
      `the file ${name} of the backup is cut short: its last frame is missing`,
    )
  }
  if (!(await take(MAGIC.length)).equals(MAGIC)) throw changed('it does not begin as one')
  const fileKey = key.fileKey(await take(SALT_BYTES), name)
  for (let number = 0, isLast = false; !isLast; number++) {
    const word = (await take(LENGTH_BYTES)).readUInt32BE()
    isLast = word > LENGTH_MASK
    const length = word & LENGTH_MASK
    if (length > FRAME_BYTES) throw changed(`frame ${number} claims ${length} bytes`)
    const sealed = await take(length)
    const decipher = createDecipheriv(CIPHER, fileKey, nonceOf(number, isLast))
    decipher.setAuthTag(await take(TAG_BYTES))
    const plain = decipher.update(sealed)
    try {
      decipher.final()
    } catch {
      throw changed(`frame ${number} does not bear its seal`)
    }
    if (plain.length > 0) yield plain
  }
  if ((await reader.take(1)) !== null) throw changed('bytes follow its end')
}
