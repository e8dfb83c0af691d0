import { setFlagsFromString } from 'node:v8'

const GROWING_PERCENT = 500

/**
 * What is fetched lies outside of V8's heap but counts in its limit: with the small heap of a worker each fetch of 16 MB was a full collection of its own.
 * So the heap may grow to six times what lives before the next one. Buffers that nobody holds any more go with the young generation, as before.
 */
export function letHeapGrow(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`)
}
