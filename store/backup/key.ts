/** The key of the backups, from a file: 32 bytes, as they are or as 64 hexadecimal digits (`openssl rand -hex 32`). All other keys are derived from it. */
import { createHmac, hkdfSync } from 'node:crypto'
import { BackupError } from './fault.ts'

const KEY_BYTES = 32

export interface BackupKey {
  /** Names the key and tells nothing of it: the manifest says which key a backup needs. */
  readonly id: string
  /** The key of one file. `salt` is new for each, so that no nonce ever comes twice under one key. */
  fileKey(salt: Buffer, name: string): Buffer
  /** Of the text of a manifest, hexadecimal. */
  sign(text: string): string
}

/** `file` names where the bytes are from. Throws BackupError. */
export function readKey(bytes: Buffer, file: string): BackupKey {
  const text = bytes.toString('latin1').trim()
  const isHex = /^[0-9a-f]{64}$/i.test(text)
  if (!isHex && bytes.length !== KEY_BYTES)
    throw new BackupError(
      'WRONG_KEY',
      `${file} holds no key: it must be 32 bytes or 64 hexadecimal digits, as "openssl rand -hex 32" writes them`,
    )
  const master = isHex ? Buffer.from(text, 'hex') : bytes
  const derive = (salt: Buffer, info: string): Buffer =>
    Buffer.from(hkdfSync('sha256', master, salt, info, KEY_BYTES))
  const none = Buffer.alloc(0)
  const signing = derive(none, 'tidemark backup manifest')
  return {
    id: derive(none, 'tidemark backup key id').toString('hex').slice(0, 16),
    fileKey: (salt, name) => derive(salt, `tidemark backup part ${name}`),
    sign: (signed) => createHmac('sha256', signing).update(signed).digest('hex'),
  }
}
