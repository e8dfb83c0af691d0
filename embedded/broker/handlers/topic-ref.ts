import type { ErrorName } from '../protocol/errors.ts'
import type { TopicRef } from '../messages/metadata.ts'
import type { Topic, Topics } from '../storage/topics.ts'

export const topicOf = (topics: Topics, ref: TopicRef): Topic | undefined =>
  'id' in ref ? topics.byId(ref.id) : topics.get(ref.name)

/** What to say of a partition that is not there. A topic that was made again has another id: its old clients hear that. */
export const missingOf = (topic: Topic | undefined, ref: TopicRef): ErrorName =>
  topic === undefined && 'id' in ref ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'
