/** Ids that are added a batch at a time lie as if they had come at once, and all of them are read back. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DIGEST_BYTES } from '../../../model/digest-table.ts'
import { idFields, ID_FIELD_BYTES, idsIn, readIds } from '../../../store/layout/ids.ts'

const digest = fc
  .uint8Array({ minLength: DIGEST_BYTES, maxLength: DIGEST_BYTES })
  .map((bytes) => Buffer.from(bytes))

test('a bucket reads back what was added to it, however it was parted, also by a worker that begins anew', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(digest, { maxLength: 90 }), fc.boolean()), { maxLength: 6 }),
      (batches) => {
        const hash = new Map<number, Buffer>()
        const flat = (): Buffer[] =>
          [...hash].flatMap(([field, bytes]) => [Buffer.from(String(field)), bytes])
        let open: Buffer | null = null
        let from = 0
        for (const [added, isNew] of batches) {
          if (isNew) open = readIds(flat()).open
          const written = idFields(from, open, added)
          for (const [field, bytes] of written.fields) hash.set(field, Buffer.from(bytes))
          open = written.open
          from += added.length
        }
        const all = Buffer.concat(batches.flatMap(([added]) => added))
        expect(Buffer.concat(readIds(flat()).digests)).toEqual(all)
        for (const [field, bytes] of hash)
          if (field < hash.size - 1) expect(bytes).toHaveLength(ID_FIELD_BYTES)
        expect(idsIn(hash.size, hash.get(hash.size - 1)?.length ?? 0)).toBe(from)
      },
    ),
    { numRuns: 60 },
  )
})
