/** For tests of fetches: logs with control batches, transactions and gaps, laid step by step. */
/** What a fetch answer is cut into, which of it was aborted, and what of it is delivered. */
import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { type FetchedPartition } from '../../log/kafka/response.ts'
import { makeBatch, plainRecords } from './batches.ts'

export const require = createRequire(import.meta.url)
export interface Encoder {
  writeInt8(value: number): Encoder
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
  writeInt64(value: number | string): Encoder
  writeString(value: string): Encoder
  writeBytes(value: Buffer): Encoder
  writeEncoder(value: Encoder): Encoder
  buffer: Buffer
}
export const encoder = (): Encoder => new (require('kafkajs/src/protocol/encoder') as new () => Encoder)()

export const batchAt = (baseOffset: number, count = 3, more: object = {}): Buffer =>
  makeBatch({ baseOffset: BigInt(baseOffset), records: plainRecords(count), ...more })
export const spans = (fetched: Pick<FetchedPartition, 'batches'>): number[][] =>
  fetched.batches.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])

/** A log as a broker would write it: transactions of several producers interleaved, with markers, plain records and gaps. */
export type Step =
  | { kind: 'write' | 'plain'; producer: number; size: number }
  | { kind: 'abort' | 'commit'; producer: number }
export const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('write' as const, 'write' as const, 'plain' as const),
    producer: fc.nat(3),
    size: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constantFrom('abort' as const, 'abort' as const, 'commit' as const),
    producer: fc.nat(3),
  }),
)

export interface Laid {
  base: number
  last: number
  bytes: Buffer
  producer: number
  kind: Step['kind']
  /** The truth. */
  aborted: boolean
}

export function layLog(steps: Step[]): {
  log: Laid[]
  transactions: { producer: number; first: number; last: number }[]
} {
  const log: Laid[] = []
  const open = new Map<number, Laid[]>()
  const transactions: { producer: number; first: number; last: number }[] = []
  let next = 0
  const lay = (kind: Step['kind'], producer: number, size: number, attributes: number, key: Buffer): Laid => {
    const records = Array.from({ length: size }, (_, offsetDelta) => ({
      offsetDelta,
      key,
      value: Buffer.from('v'),
    }))
    const batch = {
      base: next,
      last: next + size - 1,
      bytes: makeBatch({ baseOffset: BigInt(next), records, producerId: BigInt(producer), attributes }),
      producer,
      kind,
      aborted: false,
    }
    next += size
    log.push(batch)
    return batch
  }
  for (const one of steps) {
    if (one.kind === 'plain') lay('plain', one.producer, one.size, 0, Buffer.alloc(4))
    else if (one.kind === 'write')
      open.set(one.producer, [
        ...(open.get(one.producer) ?? []),
        lay('write', one.producer, one.size, 0x10, Buffer.alloc(4)),
      ])
    else {
      const written = open.get(one.producer)
      if (written === undefined) continue
      open.delete(one.producer)
      const marker = lay(
        one.kind,
        one.producer,
        1,
        0x30,
        Buffer.from([0, 0, 0, one.kind === 'abort' ? 0 : 1]),
      )
      if (one.kind === 'commit') continue
      for (const batch of written) batch.aborted = true
      transactions.push({ producer: one.producer, first: written[0]?.base ?? 0, last: marker.last }) // in order of their ends, as the broker keeps them
    }
  }
  const stable = Math.min(next, ...[...open.values()].map(([first]) => first?.base ?? next))
  return { log: log.filter(({ base }) => base < stable), transactions }
}
