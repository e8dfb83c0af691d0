/**
 * A histogram as it is shown: buckets whose bounds are the same for all histograms of a unit, so that they can be laid beside each other. Up to 15 one number each,
 * above that eight an octave; each is made of whole bins (`bins.ts`), so that its count is exact.
 */
import { boundsOfBin } from './bins.ts'

/** Of `[from, to)`, in whole units. */
export interface Bucket {
  readonly from: number
  to: number
  count: number
}

const PARTS = 8

/** Distance from 0 of the bucket's least number, and how many numbers it holds. */
function bucketOf(distance: number): { from: number; size: number } {
  if (distance < 2 * PARTS) return { from: distance, size: 1 }
  const size = 2 ** (Math.floor(Math.log2(distance)) - 3)
  return { from: Math.floor(distance / size) * size, size }
}

/** `bins` ascending. Empty buckets are not there. */
export function bucketsOf(bins: readonly number[], counts: readonly number[]): Bucket[] {
  const buckets: Bucket[] = []
  for (const [at, bin] of bins.entries()) {
    const { from, size } = bucketOf(Math.abs(boundsOfBin(bin).from))
    const least = bin < 0 ? -(from + size - 1) : from
    const last = buckets.at(-1)
    if (last?.from === least) last.count += counts[at]!
    else buckets.push({ from: least, to: least + size, count: counts[at]! })
  }
  return buckets
}
