/** What a part of an archive holds: keys as DUMP gives them, with the time at which they expire. u32 length, key, u64 expiry (ms; 0 = never), u32 length, dump. */
import type { Store, Command } from '../connection/connection.ts'
import { slotOfTag } from '../keys.ts'
import { ByteReader } from './byte-reader.ts'

export interface Entry {
  readonly key: Buffer
  readonly expiresMs: number
  readonly dump: Buffer
}

const HEAD_BYTES = 4
const EXPIRY_BYTES = 8
const KEYS_A_READ = 100
const BYTES_A_WRITE = 1 << 20

export function encodeEntry({ key, expiresMs, dump }: Entry): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + key.length + EXPIRY_BYTES + HEAD_BYTES + dump.length)
  let at = bytes.writeUInt32BE(key.length)
  at += key.copy(bytes, at)
  at = bytes.writeBigUInt64BE(BigInt(expiresMs), at)
  at = bytes.writeUInt32BE(dump.length, at)
  dump.copy(bytes, at)
  return bytes
}

/** Throws where the stream ends within an entry: its file was opened whole, so that it was written so. */
export async function* decodeEntries(stream: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const reader = new ByteReader(stream)
  const take = async (count: number): Promise<Buffer> => {
    const bytes = await reader.take(count)
    if (bytes === null) throw new Error('a part of the archive ends within a key')
    return bytes
  }
  for (;;) {
    const head = await reader.take(HEAD_BYTES)
    if (head === null && reader.waiting === 0) return
    const key = await take(head === null ? HEAD_BYTES : head.readUInt32BE())
    const sizes = await take(EXPIRY_BYTES + HEAD_BYTES)
    const dump = await take(sizes.readUInt32BE(EXPIRY_BYTES))
    yield { key, expiresMs: Number(sizes.readBigUInt64BE()), dump }
  }
}

/** These keys (bytes as latin1 text), in this order; one that is gone meanwhile is left out. */
export async function* readEntries(
  store: Pick<Store, 'pipeline'>,
  keys: readonly string[],
): AsyncGenerator<Entry> {
  for (let at = 0; at < keys.length; at += KEYS_A_READ) {
    const some = keys.slice(at, at + KEYS_A_READ).map((key) => Buffer.from(key, 'latin1'))
    const replies = await store.pipeline(
      some.flatMap((key): Command[] => [
        ['PEXPIRETIME', key],
        ['DUMP', key],
      ]),
    )
    for (const [index, key] of some.entries()) {
      const [expires, dump] = [Number(replies[index * 2]), replies[index * 2 + 1] as Buffer | null]
      if (dump !== null) yield { key, expiresMs: Math.max(0, expires), dump }
    }
  }
}

/** Puts them back, in their order within each slot. Answers how many. */
export async function writeEntries(
  store: Store,
  entries: AsyncIterable<Entry>,
  written: (entry: Entry) => void = () => {},
): Promise<number> {
  let count = 0
  let waiting: Entry[] = []
  let bytes = 0
  const send = async (): Promise<void> => {
    const bySlot = new Map<number, Entry[]>()
    for (const entry of waiting) {
      const slot = slotOfKey(entry.key)
      const some = bySlot.get(slot)
      if (some === undefined) bySlot.set(slot, [entry])
      else some.push(entry)
    }
    waiting = []
    bytes = 0
    await Promise.all(
      [...bySlot.values()].map((some) =>
        store.pipeline(
          some.map(({ key, expiresMs, dump }) => ['RESTORE', key, expiresMs, dump, 'REPLACE', 'ABSTTL']),
        ),
      ),
    )
  }
  for await (const entry of entries) {
    waiting.push(entry)
    bytes += entry.dump.length
    count++
    written(entry)
    if (bytes > BYTES_A_WRITE || waiting.length >= KEYS_A_READ) await send()
  }
  if (waiting.length > 0) await send()
  return count
}

/** By the rule of the cluster specification: of what stands in the first braces, where anything does. */
function slotOfKey(key: Buffer): number {
  const open = key.indexOf('{')
  const close = open < 0 ? -1 : key.indexOf('}', open + 1)
  return slotOfTag((close > open + 1 ? key.subarray(open + 1, close) : key).toString())
}

/** Whether a server could not read a dump, as one that is older than where it is from cannot. */
export const isTooOld = (error: unknown): boolean =>
  error instanceof Error && /DUMP payload version/i.test(error.message)
