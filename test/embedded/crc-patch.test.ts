import { assert, integer, property, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { patchedCrc } from '../../embedded/broker/protocol/crc-patch.ts'
import { crc32c } from '../../log/crc32c.ts'

test('the checksum by its published example', () => expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283))

test('a patched checksum is the one computed anew, whatever changed and whatever lies around it', () => {
  const bytes = uint8Array({ minLength: 8, maxLength: 8 })
  assert(
    property(
      uint8Array({ maxLength: 30 }),
      bytes,
      bytes,
      integer({ min: 0, max: 70_000 }),
      (head, old, fresh, tailBytes) => {
        const tail = Buffer.alloc(tailBytes, 'tail')
        const whole = (middle: Uint8Array): number => crc32c(Buffer.concat([head, middle, tail]))
        expect(patchedCrc(whole(old), crc32c(old), crc32c(fresh), tailBytes)).toBe(whole(fresh))
      },
    ),
    { numRuns: 300 },
  )
})
