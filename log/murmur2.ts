/** The hash by which Kafka's Java clients spread keys over partitions (MurmurHash2, 32 bit, seed 0x9747b28c). */
const SEED = 0x9747b28c
const MIX = 0x5bd1e995

/** A signed 32-bit number. */
export function murmur2(key: Uint8Array): number {
  const length = key.length
  let hash = SEED ^ length
  let at = 0
  for (const last = length - 4; at <= last; at += 4) {
    let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24)
    word = Math.imul(word, MIX)
    word ^= word >>> 24
    hash = Math.imul(hash, MIX) ^ Math.imul(word, MIX)
  }
  const left = length - at
  if (left > 0) {
    if (left === 3) hash ^= key[at + 2]! << 16
    if (left >= 2) hash ^= key[at + 1]! << 8
    hash = Math.imul(hash ^ key[at]!, MIX)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MIX)
  return hash ^ (hash >>> 15)
}

/** The partition a key belongs to; what Java's default partitioner, librdkafka's `murmur2` and Tidemark agree on. */
export function partitionFor(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
