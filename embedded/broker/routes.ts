import { Reader, Writer } from './codec.ts'
import type { Coordinator } from './groups/coordinator.ts'
import { fetch as fetchRecords } from './handlers/fetch.ts'
import { listOffsets as findOffsets } from './handlers/list-offsets.ts'
import { produce as appendRecords } from './handlers/produce.ts'
import * as onTopics from './handlers/topics.ts'
import { apiVersions } from './messages/api-versions.ts'
import { createTopics } from './messages/create-topics.ts'
import { deleteTopics } from './messages/delete-topics.ts'
import { describeConfigs } from './messages/describe-configs.ts'
import { describeGroups } from './messages/describe-groups.ts'
import { fetch } from './messages/fetch.ts'
import { findCoordinator } from './messages/find-coordinator.ts'
import { heartbeat } from './messages/heartbeat.ts'
import { initProducerId } from './messages/init-producer-id.ts'
import { joinGroup } from './messages/join-group.ts'
import { leaveGroup } from './messages/leave-group.ts'
import { listGroups } from './messages/list-groups.ts'
import { listOffsets } from './messages/list-offsets.ts'
import type { Message } from './messages/message.ts'
import { metadata } from './messages/metadata.ts'
import { offsetCommit } from './messages/offset-commit.ts'
import { offsetFetch } from './messages/offset-fetch.ts'
import { produce } from './messages/produce.ts'
import { syncGroup } from './messages/sync-group.ts'
import type { Registry } from './storage/registry.ts'
import type { Topics } from './storage/topics.ts'

/** Who asks. */
export interface Caller {
  readonly clientId: string
  readonly host: string
  /** Aborted when the connection has gone: whatever waits for it may stop. */
  readonly gone: AbortSignal
}

/** A message with its handler, ready for bytes. `answer` resolves to the response's body, or null where none is wanted. */
export interface Route {
  readonly key: number
  readonly name: string
  readonly versions: readonly [min: number, max: number]
  /** True = the next request of the same connection may begin before this one is answered. */
  readonly mayOverlap: boolean
  answer(reader: Reader, version: number, caller: Caller): Promise<Writer | null>
}

export interface Parts {
  readonly topics: Topics
  readonly coordinator: Coordinator
  readonly registry: Registry
  readonly defaults: onTopics.TopicDefaults
  /** Where clients are told to connect; the port is known only once the server listens. */
  readonly address: () => { readonly id: number; readonly host: string; readonly port: number }
}

function route<Request, Response>(
  message: Message<Request, Response>,
  handle: (request: Request, caller: Caller) => Response | Promise<Response>,
  wantsAnswer: (request: Request) => boolean = () => true,
): Route {
  return {
    key: message.key,
    name: message.name,
    versions: message.versions,
    mayOverlap: message.key === produce.key,
    async answer(reader, version, caller) {
      const request = message.decode(reader, version)
      const response = await handle(request, caller)
      if (!wantsAnswer(request)) return null
      const writer = new Writer()
      message.encode(writer, version, response)
      return writer
    },
  }
}

/** Everything the broker answers, by key. What is not in here is not advertised. */
export function makeRoutes({ topics, coordinator, registry, defaults, address }: Parts): ReadonlyMap<number, Route> {
  const all: readonly Route[] = [
    route(apiVersions, () => ({ error: 'NONE' as const, apis: all })),
    route(metadata, async (r) => ({
      broker: address(),
      clusterId: registry.clusterId,
      topics: await onTopics.describeTopics(topics, defaults, r),
    })),
    route(produce, (r) => appendRecords(topics, r), (r) => r.acks !== 0),
    route(fetch, (r, caller) => fetchRecords(topics, r, caller.gone)),
    route(listOffsets, (r) => findOffsets(topics, r)),
    route(findCoordinator, (r) =>
      r.isGroup
        ? { error: 'NONE', message: null, broker: address() }
        : { error: 'INVALID_REQUEST', message: 'transactions are not supported', broker: { id: -1, host: '', port: -1 } },
    ),
    route(joinGroup, (r, caller) => coordinator.join(r, { id: caller.clientId, host: caller.host })),
    route(syncGroup, (r) => coordinator.sync(r)),
    route(heartbeat, (r) => ({ error: coordinator.heartbeat(r.groupId, r.memberId, r.generation) })),
    route(leaveGroup, (r) => coordinator.leave(r.groupId, r.memberIds)),
    route(offsetCommit, (r) => coordinator.commit(r)),
    route(offsetFetch, (r) => coordinator.fetchOffsets(r)),
    route(describeGroups, (r) => ({ groups: r.ids.map((id) => coordinator.describe(id)) })),
    route(listGroups, () => ({ error: 'NONE', groups: coordinator.list() })),
    route(createTopics, (r) => onTopics.createTopics(topics, defaults, r)),
    route(deleteTopics, (r) => onTopics.deleteTopics(topics, r.names)),
    route(initProducerId, async (r) =>
      r.transactionalId === null
        ? { error: 'NONE', producerId: await registry.takeProducerId(), producerEpoch: 0 }
        : { error: 'INVALID_REQUEST', producerId: -1, producerEpoch: -1 },
    ),
    route(describeConfigs, (r) => onTopics.describeConfigs(topics, defaults, r)),
  ]
  return new Map(all.map((each) => [each.key, each]))
}
