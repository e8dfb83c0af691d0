/** The Fetch request. By topic id where the broker takes one (Kafka 3.1 and newer): a topic made again under its name is then another one for it too. */
import { decodeFetch, type FetchAnswer } from './response.ts'
import { type Call, WireWriter } from './wire.ts'

const READ_COMMITTED = 1
const BY_ID = 13
const BY_NAME = 11

export interface FetchWanted {
  topic: string
  topicId: string | null
  maxWaitMs: number
  /** The broker answers when so many bytes are there, or the wait is over. */
  minBytes: number
  maxBytes: number
  partitions: { partition: number; offset: number; leaderEpoch: number; maxBytes: number }[]
}

/** `newest`: the newest version that the broker offers. */
export function fetchCall(wanted: FetchWanted, newest: number): Call<FetchAnswer> {
  const { topicId } = wanted
  const byId = topicId !== null && newest >= BY_ID
  const body = new WireWriter(byId)
  body.int32(-1).int32(wanted.maxWaitMs).int32(wanted.minBytes).int32(wanted.maxBytes).int8(READ_COMMITTED)
  body.int32(0).int32(-1) // no session: each request says all it wants
  body.array([wanted], ({ topic, partitions }) => {
    if (byId) body.raw(Buffer.from(topicId, 'hex'))
    else body.text(topic)
    body.array(partitions, ({ partition, offset, leaderEpoch, maxBytes }) => {
      body.int32(partition).int32(leaderEpoch).int64(offset)
      if (byId) body.int32(-1) // the epoch of what was fetched last is for followers
      body.int64(-1).int32(maxBytes).tags()
    })
    body.tags()
  })
  body
    .array([], () => undefined)
    .text('')
    .tags() // nothing to forget, no rack
  return {
    key: 1,
    version: byId ? BY_ID : BY_NAME,
    name: 'Fetch',
    body,
    decode: (reader) => decodeFetch(reader, byId, Date.now()),
  }
}
