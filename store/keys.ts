/** Names of keys, and the tag that puts all keys of a partition into one cluster slot (docs/store.md, "Keys"). */

export const SLOTS_OF_A_CLUSTER = 16_384
/** How near to its aim a tag must come: a thousandth of the circle. */
const TOLERANCE_SLOTS = 16

/** All keys of one partition in one generation. */
export interface PartitionKeys {
  readonly prefix: string
  readonly pos: string
  readonly tail: string
  readonly rejects: string
  readonly feed: string
  readonly due: string
  readonly seen: string
  readonly last: string
  /** Counts of the entities and latest values that are remembered, by day. */
  readonly living: string
  /** See {@link HaltNote}. */
  readonly halt: string
  /** Channel on which every applied batch says its new `next`. */
  readonly wake: string
  /** The key of a suffix, as the feed and `due` spell it. */
  of(suffix: string): string
}

const tags = new Map<string, string>()

/** Tag of a partition: always the same for the same source and partition, on any number of shards. */
export function tagOf(source: string, partition: number): string {
  const plain = `${source}/${partition}`
  let tag = tags.get(plain)
  if (tag === undefined)
    tags.set(plain, (tag = searchTag(plain, Math.floor(vanDerCorput(partition) * SLOTS_OF_A_CLUSTER))))
  return tag
}

function searchTag(plain: string, aim: number): string {
  for (let n = 0; ; n++) {
    const tag = `${plain}~${n.toString(36)}`
    const away = Math.abs(slotOfTag(tag) - aim - TOLERANCE_SLOTS)
    if (away < TOLERANCE_SLOTS) return tag
  }
}

/** The bits of n mirrored behind the binary point: 0, 1/2, 1/4, 3/4, 1/8 ... (J. G. van der Corput, 1935). */
export function vanDerCorput(n: number): number {
  let fraction = 0
  for (let rest = n, weight = 0.5; rest > 0; rest = Math.floor(rest / 2), weight /= 2)
    fraction += (rest % 2) * weight
  return fraction
}

export const slotOfTag = (tag: string): number => slotOfBytes(Buffer.from(tag))

/** Of any key: by its tag, where it has one. */
export function slotOfKey(key: string | Buffer | number): number {
  const bytes = Buffer.isBuffer(key) ? key : Buffer.from(String(key))
  const open = bytes.indexOf('{')
  const close = open < 0 ? -1 : bytes.indexOf('}', open)
  return slotOfBytes(close > open + 1 ? bytes.subarray(open + 1, close) : bytes)
}

/** CRC-16/XMODEM, polynomial 0x1021, modulo 16,384: the hash of the cluster specification. */
function slotOfBytes(bytes: Buffer): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc % SLOTS_OF_A_CLUSTER
}

export function partitionKeys(source: string, partition: number, generation: number): PartitionKeys {
  const tag = tagOf(source, partition)
  const prefix = `tm:{${tag}}:g${generation}:`
  const of = (suffix: string): string => prefix + suffix
  return {
    prefix,
    of,
    wake: `tm:{${tag}}:wake`,
    pos: of('pos'),
    tail: of('tail'),
    rejects: of('rejects'),
    feed: of('feed'),
    due: of('due'),
    seen: of('seen'),
    last: of('last'),
    living: of('living'),
    halt: of('halt'),
  }
}

export function catalogKey(source: string): string {
  return `tm:{${source}}:catalog`
}

/** What is known of a source stays readable and writable while the store may drop keys: there stands what was lost. */
export function isCatalogKey(key: unknown): boolean {
  return typeof key === 'string' && /^tm:\{[^{}]*\}:catalog$/.test(key)
}
