import { createHash } from 'node:crypto'

/** Tells this log from another one that has the same offsets. */
export function recordHash(offset: number, key: Buffer | null, value: Buffer | null): string {
  const none = Buffer.alloc(0)
  return createHash('sha256')
    .update(`${offset}:${key?.length ?? -1}:${value?.length ?? -1}:`)
    .update(key ?? none)
    .update(value ?? none)
    .digest('hex')
    .slice(0, 32)
}
