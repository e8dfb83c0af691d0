/** The ListOffsets request, version 4: first and next offsets of partitions, asked of their leader. */
import { type Call, WireReader, WireWriter } from './wire.ts'

export const LATEST = -1
export const EARLIEST = -2

export interface OffsetWanted {
  partition: number
  /** {@link LATEST}, {@link EARLIEST}, or a time: the first record that is not older. */
  at: number
}

export interface OffsetFound {
  topic: string
  partition: number
  errorCode: number
  offset: number
}

/** `stable`: the last stable offset instead of the high watermark. */
export function listOffsetsCall(
  wanted: ReadonlyMap<string, readonly OffsetWanted[]>,
  stable: boolean,
): Call<OffsetFound[]> {
  const body = new WireWriter(false).int32(-1).int8(stable ? 1 : 0)
  body.array([...wanted], ([topic, partitions]) => {
    body.text(topic).array(partitions, ({ partition, at }) => body.int32(partition).int32(-1).int64(at))
  })
  return { key: 2, version: 4, name: 'ListOffsets', body, decode }
}

function decode(reader: WireReader): OffsetFound[] {
  reader.int32() // throttle
  return reader
    .array(() => {
      const topic = reader.text() ?? ''
      return reader.array((): OffsetFound => {
        const partition = reader.int32()
        const errorCode = reader.int16()
        reader.int64() // time
        const offset = reader.offset()
        reader.int32() // leader epoch
        return { topic, partition, errorCode, offset }
      })
    })
    .flat()
}
