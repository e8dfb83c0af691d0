import { BrokerError, type ErrorName } from '../protocol/errors.ts'
import { NO_TOPIC_ID } from '../messages/message.ts'
import type { MetadataRequest, MetadataResponse } from '../messages/metadata.ts'
import type { Topics } from '../storage/topics.ts'
import type { TopicDefaults } from './topics.ts'

/** Topics that one request makes by naming them; the others are made when they are asked for again. */
const MAX_MADE_AT_ONCE = 16

type DescribedTopic = MetadataResponse['topics'][number]

/** The topics asked for, each once, made on the way where that is wanted and allowed. */
export async function describeTopics(
  topics: Topics,
  defaults: TopicDefaults,
  request: MetadataRequest,
): Promise<readonly DescribedTopic[]> {
  const refs = request.topics ?? topics.all().map(({ name }) => ({ name }))
  const described: DescribedTopic[] = []
  const seen = new Set<string>()
  let made = 0
  for (const ref of refs) {
    const key = 'id' in ref ? `#${ref.id}` : ref.name
    if (seen.has(key)) continue
    seen.add(key)
    if ('id' in ref) {
      const topic = topics.byId(ref.id)
      if (topic === undefined)
        described.push({ error: 'UNKNOWN_TOPIC_ID', name: null, id: ref.id, partitions: 0 })
      else
        described.push({ error: 'NONE', name: topic.name, id: topic.id, partitions: topic.partitions.length })
      continue
    }
    let error: ErrorName = 'NONE'
    if (topics.get(ref.name) === undefined) {
      const mayMake = request.mayCreate && defaults.autoCreate
      error = await missing(
        topics,
        defaults,
        ref.name,
        !mayMake ? 'no' : made < MAX_MADE_AT_ONCE ? 'now' : 'later',
      )
      if (error === 'NONE') made++
    }
    const topic = topics.get(ref.name)
    described.push({
      error,
      name: ref.name,
      id: topic?.id ?? NO_TOPIC_ID,
      partitions: topic?.partitions.length ?? 0,
    })
  }
  return described
}

async function missing(
  topics: Topics,
  defaults: TopicDefaults,
  name: string,
  make: 'now' | 'later' | 'no',
): Promise<ErrorName> {
  try {
    topics.check(name, defaults.partitions)
    if (make !== 'now') return make === 'no' ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'LEADER_NOT_AVAILABLE'
    await topics.create(name, defaults.partitions, {})
    return 'NONE'
  } catch (thrown) {
    if (!(thrown instanceof BrokerError)) throw thrown
    return thrown.kind === 'TOPIC_ALREADY_EXISTS' ? 'NONE' : thrown.kind
  }
}
