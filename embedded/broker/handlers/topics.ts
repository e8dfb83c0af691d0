import { BrokerError, errorNameOf, type ErrorName } from '../protocol/errors.ts'
import type { CreatePartitionsRequest, CreatePartitionsResponse } from '../messages/create-partitions.ts'
import type { CreateTopicsRequest, CreateTopicsResponse, NewTopic } from '../messages/create-topics.ts'
import type { DeleteTopicsResponse } from '../messages/delete-topics.ts'
import { NO_TOPIC_ID } from '../messages/message.ts'
import type { TopicRef } from '../messages/metadata.ts'
import { checkConfig } from '../storage/topic-config.ts'
import type { Topics } from '../storage/topics.ts'
import { configsOf } from './configs.ts'
import { missingOf, topicOf } from './topic-ref.ts'

/** Partitions that one CreateTopics makes: each is a folder and an open file. */
const MAX_MADE_AT_ONCE = 2000

export interface TopicDefaults {
  readonly partitions: number
  /** May asking for a topic make it? The client must want it too. */
  readonly autoCreate: boolean
}

/** What a refusal says of itself. */
export const messageOf = (thrown: unknown): string | null => (thrown instanceof Error ? thrown.message : null)

export async function createTopics(
  topics: Topics,
  defaults: TopicDefaults,
  request: CreateTopicsRequest,
): Promise<CreateTopicsResponse> {
  const answered: CreateTopicsResponse['topics'][number][] = []
  let made = 0
  for (const topic of request.topics) {
    try {
      if (made >= MAX_MADE_AT_ONCE)
        throw new BrokerError(
          'POLICY_VIOLATION',
          `one request makes up to ${MAX_MADE_AT_ONCE} partitions; ask for this topic again`,
        )
      const found = await createTopic(topics, defaults, topic, request.validateOnly)
      if (!request.validateOnly) made += found.partitions
      answered.push({ name: topic.name, error: 'NONE', message: null, made: found })
    } catch (thrown) {
      answered.push({ name: topic.name, error: errorNameOf(thrown), message: messageOf(thrown), made: null })
    }
  }
  return { topics: answered }
}

async function createTopic(
  topics: Topics,
  defaults: TopicDefaults,
  topic: NewTopic,
  validateOnly: boolean,
): Promise<NonNullable<CreateTopicsResponse['topics'][number]['made']>> {
  if (topic.hasAssignments) throw new BrokerError('INVALID_REPLICA_ASSIGNMENT')
  if (topic.replicationFactor !== -1 && topic.replicationFactor !== 1)
    throw new BrokerError('INVALID_REPLICATION_FACTOR')
  const config = checkConfig(topic.configs)
  const partitions = topic.partitions === -1 ? defaults.partitions : topic.partitions
  topics.check(topic.name, partitions)
  if (validateOnly) return { id: NO_TOPIC_ID, partitions, configs: configsOf({ config, effective: config }) }
  const made = await topics.create(topic.name, partitions, config)
  return { id: made.id, partitions, configs: configsOf(made) }
}

/** `forget`: what else is known of a topic goes with it. */
export async function deleteTopics(
  topics: Topics,
  refs: readonly TopicRef[],
  forget: (name: string) => Promise<void>,
): Promise<DeleteTopicsResponse> {
  const answered: DeleteTopicsResponse['topics'][number][] = []
  for (const ref of refs) {
    const topic = topicOf(topics, ref)
    const name = topic?.name ?? ('name' in ref ? ref.name : null)
    const id = topic?.id ?? ('id' in ref ? ref.id : null)
    try {
      if (topic === undefined) throw new BrokerError(missingOf(topic, ref))
      await topics.remove(topic.name)
      await forget(topic.name)
      answered.push({ name, id, error: 'NONE', message: null })
    } catch (thrown) {
      answered.push({ name, id, error: errorNameOf(thrown), message: messageOf(thrown) })
    }
  }
  return { topics: answered }
}

export async function createPartitions(
  topics: Topics,
  request: CreatePartitionsRequest,
): Promise<CreatePartitionsResponse> {
  const answered: { name: string; error: ErrorName; message: string | null }[] = []
  for (const { name, count, hasAssignments } of request.topics) {
    try {
      if (hasAssignments) throw new BrokerError('INVALID_REPLICA_ASSIGNMENT')
      topics.checkGrowth(name, count)
      if (!request.validateOnly) await topics.grow(name, count)
      answered.push({ name, error: 'NONE', message: null })
    } catch (thrown) {
      answered.push({ name, error: errorNameOf(thrown), message: messageOf(thrown) })
    }
  }
  return { topics: answered }
}
