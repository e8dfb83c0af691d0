/** For tests of the walk: batches byte by byte, and what the walk makes of them. */
import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { LogError } from '../../log/errors.ts'
import { openBatch } from '../../log/walk.ts'
import { type MadeRecord } from './batches.ts'

export const require = createRequire(import.meta.url)

export function walk(
  bytes: Buffer,
  maxInflatedBytes?: number,
): { offset: number; timestampMs: number; key: string | null; value: string | null }[] {
  const cursor = openBatch(bytes, maxInflatedBytes === undefined ? {} : { maxInflatedBytes })
  const seen = []
  while (cursor.next())
    seen.push({
      offset: cursor.offset,
      timestampMs: cursor.timestampMs,
      key: hex(cursor.key()),
      value: hex(cursor.value()),
    })
  return seen
}
export const hex = (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null

/** What `act` throws must be one of ours; its code, or null where nothing was thrown. */
export function codeOf(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    if (error instanceof LogError) return error.code
    throw error
  }
}

export const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
export const optional = fc.option(bytes, { nil: null })
export const header = fc.tuple(fc.string({ maxLength: 20 }), optional)
export const records = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 1000 }),
      timestampDelta: fc.integer({ min: -1e12, max: 1e12 }),
      key: optional,
      value: optional,
      headers: fc.array(header, { maxLength: 5 }),
    }),
    { maxLength: 40 },
  )
  .map((list) => {
    let offsetDelta = -1
    return list.map(({ gap, ...rest }): MadeRecord => ({ ...rest, offsetDelta: (offsetDelta += gap) }))
  })
