import { Reader, Writer } from './protocol/codec.ts'
import { errorText } from './protocol/errors.ts'
import type { Coordinator } from './groups/coordinator.ts'
import * as onConfigs from './handlers/configs.ts'
import { deleteRecords as moveLogStarts } from './handlers/delete-records.ts'
import { fetch as fetchRecords } from './handlers/fetch.ts'
import { listOffsets as findOffsets } from './handlers/list-offsets.ts'
import { describeTopics } from './handlers/metadata.ts'
import { produce as appendRecords, wantsAnswer } from './handlers/produce.ts'
import * as onTopics from './handlers/topics.ts'
import { alterConfigs } from './messages/alter-configs.ts'
import { apiVersions } from './messages/api-versions.ts'
import { consumerGroupHeartbeat } from './messages/consumer-group-heartbeat.ts'
import { createPartitions } from './messages/create-partitions.ts'
import { createTopics } from './messages/create-topics.ts'
import { deleteGroups } from './messages/delete-groups.ts'
import { deleteRecords } from './messages/delete-records.ts'
import { deleteTopics } from './messages/delete-topics.ts'
import { describeCluster } from './messages/describe-cluster.ts'
import { describeConfigs } from './messages/describe-configs.ts'
import { describeGroups } from './messages/describe-groups.ts'
import { fetch } from './messages/fetch.ts'
import { findCoordinator, KEY_TYPE, type FoundCoordinator } from './messages/find-coordinator.ts'
import { heartbeat } from './messages/heartbeat.ts'
import { incrementalAlterConfigs } from './messages/incremental-alter-configs.ts'
import { initProducerId } from './messages/init-producer-id.ts'
import { joinGroup } from './messages/join-group.ts'
import { leaveGroup } from './messages/leave-group.ts'
import { listGroups } from './messages/list-groups.ts'
import { listOffsets } from './messages/list-offsets.ts'
import { isFlexible, type Message } from './messages/message.ts'
import { metadata } from './messages/metadata.ts'
import { offsetCommit } from './messages/offset-commit.ts'
import { offsetDelete } from './messages/offset-delete.ts'
import { offsetFetch } from './messages/offset-fetch.ts'
import { produce } from './messages/produce.ts'
import { syncGroup } from './messages/sync-group.ts'
import type { Room } from './handlers/memory.ts'
import type { Registry } from './storage/registry.ts'
import type { Topics } from './storage/topics.ts'

/** Who asks. */
export interface Caller {
  readonly clientId: string
  readonly host: string
  /** The address of this machine that the caller knows. */
  readonly localHost: string
  /** Aborted when the connection has gone: whatever waits for it may stop. */
  readonly gone: AbortSignal
}

/** A message with its handler, ready for bytes. `answer` resolves to the response, or to null where none is wanted. */
export interface Route {
  readonly key: number
  readonly name: string
  readonly versions: readonly [min: number, max: number]
  readonly flexibleFrom: number | null
  /** True = the next request of the same connection may begin before this one is answered. */
  readonly mayOverlap: boolean
  /** `reader` stands behind the client's name. The answer begins with what follows the correlation id. */
  answer(reader: Reader, version: number, caller: Caller): Promise<Writer | null>
}

export interface Parts {
  readonly topics: Topics
  readonly coordinator: Coordinator
  readonly registry: Registry
  readonly defaults: onTopics.TopicDefaults
  /** Where a client is told to connect; the port is known only once the server listens. */
  readonly address: (caller: Caller) => { readonly id: number; readonly host: string; readonly port: number }
  /** Memory for answers. */
  readonly room: Room
}

function route<Request, Response>(
  message: Message<Request, Response>,
  handle: (request: Request, caller: Caller) => Response | Promise<Response>,
  wantsAnswer: (request: Request, response: Response) => boolean = () => true,
): Route {
  return {
    key: message.key,
    name: message.name,
    versions: message.versions,
    flexibleFrom: message.flexibleFrom,
    mayOverlap: message.key === produce.key,
    async answer(reader, version, caller) {
      reader.flexible = isFlexible(message, version)
      reader.tags()
      const request = message.decode(reader, version)
      const response = await handle(request, caller)
      if (!wantsAnswer(request, response)) return null
      const writer = new Writer(reader.flexible)
      // A client reads the head of this one answer before it knows what is spoken here: it never has tagged fields.
      if (message.key !== apiVersions.key) writer.tags()
      message.encode(writer, version, response)
      return writer.tags()
    },
  }
}

/** Of the errors that fit, the one that every client takes for final: librdkafka asks for ever, without a word, on the others. */
const NO_TRANSACTIONS = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
const CLASSIC_ONLY = 'this broker speaks the classic group protocol: set group.protocol=classic'
const NOWHERE = { id: -1, host: '', port: -1 }

/** Everything the broker answers, by key. What is not in here is not advertised. */
export function makeRoutes({
  topics,
  coordinator,
  registry,
  defaults,
  address,
  room,
}: Parts): ReadonlyMap<number, Route> {
  const brokerSettings = {
    'num.partitions': String(defaults.partitions),
    'auto.create.topics.enable': String(defaults.autoCreate),
  }
  const all: readonly Route[] = [
    route(apiVersions, () => ({ error: 'NONE' as const, apis: all })),
    route(metadata, async (r, caller) => ({
      broker: address(caller),
      clusterId: registry.clusterId,
      topics: await describeTopics(topics, defaults, r),
    })),
    route(produce, (r) => appendRecords(topics, r), wantsAnswer),
    route(fetch, (r, { gone }) => fetchRecords(topics, r, gone, room)),
    route(listOffsets, (r) => findOffsets(topics, r)),
    route(findCoordinator, ({ keys, type, isOld }, caller) => ({
      found: keys.map((key): FoundCoordinator => {
        // An old client hears the refusal from InitProducerId: kafkajs would say only that there is no coordinator.
        if (type === KEY_TYPE.group || isOld)
          return { key, error: 'NONE', message: null, broker: address(caller) }
        return { key, error: NO_TRANSACTIONS, message: errorText(NO_TRANSACTIONS), broker: NOWHERE }
      }),
    })),
    route(joinGroup, (r, caller) => coordinator.join(r, { id: caller.clientId, host: caller.host })),
    route(syncGroup, (r) => coordinator.sync(r)),
    route(heartbeat, (r) => ({ error: coordinator.heartbeat(r) })),
    route(leaveGroup, (r) => coordinator.leave(r)),
    route(consumerGroupHeartbeat, () => ({ error: 'UNSUPPORTED_VERSION' as const, message: CLASSIC_ONLY })),
    route(offsetCommit, (r) => coordinator.commit(r)),
    route(offsetFetch, (r) => ({
      groups: once(r.groups, ({ groupId }) => groupId).map((group) => coordinator.fetchOffsets(group)),
    })),
    route(offsetDelete, (r) => coordinator.removeOffsets(r)),
    route(describeGroups, (r) => ({ groups: [...new Set(r.ids)].map((id) => coordinator.describe(id)) })),
    route(listGroups, (r) => ({ error: 'NONE' as const, groups: coordinator.list(r) })),
    route(deleteGroups, async (r) => ({
      groups: await inTurn(new Set(r.ids), async (id) => ({ id, error: await coordinator.removeGroup(id) })),
    })),
    route(createTopics, (r) => onTopics.createTopics(topics, defaults, r)),
    route(deleteTopics, (r) =>
      onTopics.deleteTopics(topics, r.topics, (name) => coordinator.forgetTopic(name)),
    ),
    route(createPartitions, (r) => onTopics.createPartitions(topics, r)),
    route(deleteRecords, (r) => moveLogStarts(topics, r)),
    route(describeConfigs, (r) => onConfigs.describeConfigs(topics, brokerSettings, r)),
    route(alterConfigs, (r) => onConfigs.alterConfigs(topics, r)),
    route(incrementalAlterConfigs, (r) => onConfigs.incrementalAlterConfigs(topics, r)),
    route(describeCluster, ({ wantsBrokers }, caller) => ({
      error: wantsBrokers ? ('NONE' as const) : ('UNSUPPORTED_ENDPOINT_TYPE' as const),
      message: null,
      clusterId: registry.clusterId,
      broker: address(caller),
    })),
    route(initProducerId, async (r) =>
      r.transactionalId === null
        ? { error: 'NONE' as const, producerId: await registry.takeProducerId(), producerEpoch: 0 }
        : { error: NO_TRANSACTIONS, producerId: -1, producerEpoch: -1 },
    ),
  ]
  return new Map(all.map((each) => [each.key, each]))
}

/** The items of different keys; of two with one key, the later. */
const once = <T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] => [
  ...new Map(items.map((item) => [keyOf(item), item])).values(),
]

async function inTurn<T, R>(items: Iterable<T>, work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (const item of items) done.push(await work(item))
  return done
}
