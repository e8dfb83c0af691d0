/** Whether one engine reads what another one dumps: a dump ends in u16 version, u64 checksum, and RESTORE refuses a version that it does not know. */

const FOOTER_BYTES = 10
/** From here on Valkey counts for itself, and refuses what Redis wrote since the two parted. */
const VALKEY_FIRST = 80
const REDIS_APART_FIRST = 12

export const dumpVersion = (dump: Buffer): number => dump.readUInt16LE(dump.length - FOOTER_BYTES)

/** What is dumped, without what says by whom. */
export const dumpBody = (dump: Buffer): Buffer => dump.subarray(0, -FOOTER_BYTES)

export function canRestore(dumped: number, reader: number): boolean {
  if (dumped > reader) return false
  return reader < VALKEY_FIRST || dumped < REDIS_APART_FIRST || dumped >= VALKEY_FIRST
}
