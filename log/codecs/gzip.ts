import { gunzipSync } from 'node:zlib'
import { GrowsPast } from './limit.ts'

export function inflateGzip(packed: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new GrowsPast()
    throw error
  }
}
