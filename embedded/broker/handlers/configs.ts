import { BrokerError, errorNameOf, type ErrorName } from '../protocol/errors.ts'
import type { AlterConfigsRequest, AlterConfigsResponse } from '../messages/alter-configs.ts'
import {
  BROKER_RESOURCE,
  TOPIC_RESOURCE,
  type DescribeConfigsRequest,
  type DescribeConfigsResponse,
  type DescribedConfig,
} from '../messages/describe-configs.ts'
import {
  OPERATION,
  type ConfigChange,
  type IncrementalAlterConfigsRequest,
} from '../messages/incremental-alter-configs.ts'
import {
  checkConfig,
  knownSetting,
  settingNames,
  settingOf,
  type TopicConfig,
} from '../storage/topic-config.ts'
import type { Topic, Topics } from '../storage/topics.ts'

/** Every setting of a topic, with where its value comes from. */
export const configsOf = ({
  config,
  effective,
}: Pick<Topic, 'config' | 'effective'>): readonly DescribedConfig[] =>
  settingNames.map((name) => ({
    name,
    value: settingOf(effective, name),
    source: config[name] === undefined ? 'default' : 'topic',
  }))

/** Each resource once, however often it is named. */
export function describeConfigs(
  topics: Topics,
  brokerSettings: Readonly<Record<string, string>>,
  request: DescribeConfigsRequest,
): DescribeConfigsResponse {
  const once = [...new Map(request.resources.map((each) => [`${each.type} ${each.name}`, each])).values()]
  const resources = once.map(({ type, name, names }) => {
    const wanted = (config: DescribedConfig): boolean =>
      names === null || names.length === 0 || names.includes(config.name)
    const answer = (error: ErrorName, message: string | null, configs: readonly DescribedConfig[]) => ({
      error,
      message,
      type,
      name,
      configs: configs.filter(wanted),
    })
    if (type === BROKER_RESOURCE) {
      return answer(
        'NONE',
        null,
        Object.entries(brokerSettings).map(([setting, value]) => ({
          name: setting,
          value,
          source: 'broker',
        })),
      )
    }
    if (type !== TOPIC_RESOURCE)
      return answer('INVALID_REQUEST', 'only topics and the broker have a configuration', [])
    const topic = topics.get(name)
    return topic === undefined
      ? answer('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name.slice(0, 250)}`, [])
      : answer('NONE', null, configsOf(topic))
  })
  return { resources }
}

export const alterConfigs = (topics: Topics, request: AlterConfigsRequest): Promise<AlterConfigsResponse> =>
  alter(
    topics,
    request.validateOnly,
    request.resources.map(({ type, name, configs }) => ({ type, name, change: () => checkConfig(configs) })),
  )

export const incrementalAlterConfigs = (
  topics: Topics,
  request: IncrementalAlterConfigsRequest,
): Promise<AlterConfigsResponse> =>
  alter(
    topics,
    request.validateOnly,
    request.resources.map(({ type, name, changes }) => ({
      type,
      name,
      change: (config) => changed(config, changes),
    })),
  )

interface Alteration {
  readonly type: number
  readonly name: string
  /** Throws INVALID_CONFIG, INVALID_REQUEST. */
  readonly change: (config: TopicConfig) => TopicConfig
}

async function alter(
  topics: Topics,
  validateOnly: boolean,
  alterations: readonly Alteration[],
): Promise<AlterConfigsResponse> {
  const resources: AlterConfigsResponse['resources'][number][] = []
  // Each resource once, by what was said of it last: every change goes to the disk.
  for (const { type, name, change } of new Map(
    alterations.map((each) => [`${each.type} ${each.name}`, each]),
  ).values()) {
    try {
      if (type !== TOPIC_RESOURCE)
        throw new BrokerError(
          'INVALID_REQUEST',
          'only topics can be configured while the broker runs; it has flags',
        )
      if (validateOnly) change(topics.topic(name).config)
      else await topics.configure(name, change)
      resources.push({ error: 'NONE', message: null, type, name })
    } catch (thrown) {
      resources.push({
        error: errorNameOf(thrown),
        message: thrown instanceof Error ? thrown.message : null,
        type,
        name,
      })
    }
  }
  return { resources }
}

/** A configuration after some settings were changed, in their order. */
function changed(config: TopicConfig, changes: readonly ConfigChange[]): TopicConfig {
  const next: TopicConfig = { ...config }
  for (const { name, operation, value } of changes) {
    const setting = knownSetting(name)
    if (operation === OPERATION.unset) {
      delete next[setting]
      continue
    }
    if (value === null) throw new BrokerError('INVALID_REQUEST', `${name} has no value`)
    const items = settingOf(next, setting).split(',')
    if (operation !== OPERATION.set && setting !== 'cleanup.policy')
      throw new BrokerError('INVALID_CONFIG', `${name} is no list`)
    if (operation === OPERATION.set) next[setting] = value
    else if (operation === OPERATION.append)
      next[setting] = [...new Set([...items, ...value.split(',')])].join(',')
    else if (operation === OPERATION.subtract)
      next[setting] = items.filter((item) => !value.split(',').includes(item)).join(',')
    else throw new BrokerError('INVALID_REQUEST', `${operation} is no way to change a setting`)
  }
  return checkConfig(Object.entries(next).map(([name, value]) => ({ name, value })))
}
