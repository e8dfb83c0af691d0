/** `i:<bucket>`: digests of ids, by the bucket of the log clock at which they came; a hash whose fields are numbered from 0, all full but the last. */
import { DIGEST_BYTES } from '../../model/digest-table.ts'
import { FIRST_BUCKET } from '../../model/seen-ids.ts'

/** Of one field: small ones cost more for their name than for what they hold. */
export const DIGESTS_A_FIELD = 32
export const ID_FIELD_BYTES = DIGESTS_A_FIELD * DIGEST_BYTES

export const idsSuffix = (bucket: number): string => `i:${bucket === FIRST_BUCKET ? 'first' : bucket}`

/** The digests of a bucket, behind each other, and its last field where that is not full. */
export function readIds(flat: readonly Buffer[]): {
  readonly digests: readonly Buffer[]
  readonly open: Buffer | null
} {
  const fields = new Map<number, Buffer>()
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(Number(flat[at]!.toString()), flat[at + 1]!)
  const digests = Array.from({ length: fields.size }, (_, field) => fields.get(field) ?? Buffer.alloc(0))
  const last = digests.at(-1)
  return { digests, open: last !== undefined && last.length < ID_FIELD_BYTES ? last : null }
}

/** What a bucket of these fields takes in behind its open field: number and bytes of each field that is written. */
export function idFields(
  from: number,
  open: Buffer | null,
  added: readonly Buffer[],
): { fields: [number, Buffer][]; open: Buffer } {
  let bytes = Buffer.concat([open ?? Buffer.alloc(0), ...added])
  const fields: [number, Buffer][] = []
  for (let field = Math.floor(from / DIGESTS_A_FIELD); bytes.length > 0; field++) {
    fields.push([field, bytes.subarray(0, ID_FIELD_BYTES)])
    if (bytes.length < ID_FIELD_BYTES) break
    bytes = bytes.subarray(ID_FIELD_BYTES)
  }
  return { fields, open: bytes }
}

/** How many ids lie in so many fields, the last of which has so many bytes. */
export const idsIn = (fields: number, lastBytes: number): number =>
  fields === 0 ? 0 : (fields - 1) * DIGESTS_A_FIELD + Math.floor(lastBytes / DIGEST_BYTES)
