/** Where things lie in the header of a record batch, magic 2 (the form Kafka keeps on disk and on the wire since 0.11). */
export const BASE_OFFSET_AT = 0
export const LENGTH_AT = 8
export const MAGIC_AT = 16
export const CRC_AT = 17
export const CRC_COVERS_FROM = 21
export const ATTRIBUTES_AT = 21
export const LAST_OFFSET_DELTA_AT = 23
export const BASE_TIMESTAMP_AT = 27
export const MAX_TIMESTAMP_AT = 35
export const PRODUCER_ID_AT = 43
export const PRODUCER_EPOCH_AT = 51
export const SEQUENCE_AT = 53
export const COUNT_AT = 57
export const HEADER_BYTES = 61
/** `length` counts what follows it. */
export const PREFIX_BYTES = 12

export const CODEC_MASK = 0x07
export const LOG_APPEND_TIME = 0x08
export const TRANSACTIONAL = 0x10
export const CONTROL = 0x20

/** Bytes of the batch, prefix included, by what its header says. */
export function batchBytes(bytes: Buffer, at = 0): number {
  return PREFIX_BYTES + bytes.readInt32BE(at + LENGTH_AT)
}
