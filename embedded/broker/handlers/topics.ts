import { BrokerError, errorNameOf, type ErrorName } from '../errors.ts'
import type { CreateTopicsRequest, CreateTopicsResponse, NewTopic } from '../messages/create-topics.ts'
import type { DeleteTopicsResponse } from '../messages/delete-topics.ts'
import {
  BROKER_RESOURCE, TOPIC_RESOURCE, type DescribeConfigsRequest, type DescribeConfigsResponse, type DescribedConfig,
} from '../messages/describe-configs.ts'
import type { MetadataRequest, MetadataResponse } from '../messages/metadata.ts'
import { checkConfig, settingNames, settingOf } from '../storage/topic-config.ts'
import type { Topics } from '../storage/topics.ts'

export interface TopicDefaults {
  readonly partitions: number
  /** May asking for a topic make it? The client must want it too. */
  readonly autoCreate: boolean
}

type DescribedTopic = MetadataResponse['topics'][number]

/** The topics asked for, made on the way where that is wanted and allowed. */
export async function describeTopics(topics: Topics, defaults: TopicDefaults, request: MetadataRequest): Promise<readonly DescribedTopic[]> {
  const names = request.topics ?? topics.all().map((topic) => topic.name)
  const described: DescribedTopic[] = []
  for (const name of new Set(names)) {
    const error = topics.get(name) === undefined ? await missing(topics, defaults, request, name) : 'NONE'
    described.push({ error, name, partitions: topics.get(name)?.partitions.length ?? 0 })
  }
  return described
}

async function missing(topics: Topics, defaults: TopicDefaults, request: MetadataRequest, name: string): Promise<ErrorName> {
  try {
    if (!request.mayCreate || !defaults.autoCreate) {
      topics.check(name, 1)
      return 'UNKNOWN_TOPIC_OR_PARTITION'
    }
    await topics.create(name, defaults.partitions, {})
    return 'NONE'
  } catch (thrown) {
    if (!(thrown instanceof BrokerError)) throw thrown
    return thrown.kind === 'TOPIC_ALREADY_EXISTS' ? 'NONE' : thrown.kind
  }
}

export async function createTopics(topics: Topics, defaults: TopicDefaults, request: CreateTopicsRequest): Promise<CreateTopicsResponse> {
  const answered: { name: string; error: ErrorName; message: string | null }[] = []
  for (const topic of request.topics) {
    try {
      await createTopic(topics, defaults, topic, request.validateOnly)
      answered.push({ name: topic.name, error: 'NONE', message: null })
    } catch (thrown) {
      answered.push({ name: topic.name, error: errorNameOf(thrown), message: thrown instanceof Error ? thrown.message : null })
    }
  }
  return { topics: answered }
}

async function createTopic(topics: Topics, defaults: TopicDefaults, topic: NewTopic, validateOnly: boolean): Promise<void> {
  if (topic.hasAssignments) throw new BrokerError('INVALID_REPLICA_ASSIGNMENT')
  if (topic.replicationFactor !== -1 && topic.replicationFactor !== 1) throw new BrokerError('INVALID_REPLICATION_FACTOR')
  const config = checkConfig(topic.configs)
  const partitions = topic.partitions === -1 ? defaults.partitions : topic.partitions
  topics.check(topic.name, partitions)
  if (!validateOnly) await topics.create(topic.name, partitions, config)
}

export async function deleteTopics(topics: Topics, names: readonly string[]): Promise<DeleteTopicsResponse> {
  const answered: { name: string; error: ErrorName }[] = []
  for (const name of names) {
    const error = await topics.remove(name).then((): ErrorName => 'NONE', errorNameOf)
    answered.push({ name, error })
  }
  return { topics: answered }
}

export function describeConfigs(topics: Topics, defaults: TopicDefaults, request: DescribeConfigsRequest): DescribeConfigsResponse {
  const resources = request.resources.map(({ type, name, names }) => {
    const wanted = (config: DescribedConfig): boolean => names === null || names.length === 0 || names.includes(config.name)
    const answer = (error: ErrorName, message: string | null, configs: readonly DescribedConfig[]) => ({
      error, message, type, name, configs: configs.filter(wanted),
    })
    if (type === BROKER_RESOURCE) return answer('NONE', null, brokerConfigs(defaults))
    if (type !== TOPIC_RESOURCE) return answer('INVALID_REQUEST', 'only topics and the broker have a configuration', [])
    const topic = topics.get(name)
    return topic === undefined
      ? answer('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`, [])
      : answer('NONE', null, settingNames.map((setting) => ({
          name: setting,
          value: settingOf(topic.effective, setting),
          source: topic.config[setting] === undefined ? 'default' : 'topic',
        })))
  })
  return { resources }
}

const brokerConfigs = ({ partitions, autoCreate }: TopicDefaults): readonly DescribedConfig[] => [
  { name: 'num.partitions', value: String(partitions), source: 'broker' },
  { name: 'auto.create.topics.enable', value: String(autoCreate), source: 'broker' },
]
