import { Reader } from '../protocol/codec.ts'
import { errorNameOf, type ErrorName } from '../protocol/errors.ts'
import type { DescribedGroup } from '../messages/describe-groups.ts'
import { GROUP_TYPE, type ListGroupsRequest, type ListGroupsResponse } from '../messages/list-groups.ts'
import type { HeartbeatRequest } from '../messages/heartbeat.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../messages/join-group.ts'
import type { LeaveGroupRequest, LeaveGroupResponse } from '../messages/leave-group.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../messages/offset-commit.ts'
import type { OffsetDeleteRequest, OffsetDeleteResponse } from '../messages/offset-delete.ts'
import type { AskedOffsets, OffsetsOfGroup } from '../messages/offset-fetch.ts'
import type { SyncGroupRequest, SyncGroupResponse } from '../messages/sync-group.ts'
import type { CommittedOffset, CommittedOffsets } from '../storage/committed-offsets.ts'
import { Group } from './group.ts'
import type { Client } from './member.ts'

const MIN_SESSION_MS = 100
const MAX_SESSION_MS = 30 * 60 * 1000
const MAX_METADATA_BYTES = 4096
/** What one member may say of itself: every byte is kept, and sent to the leader of each generation. */
const MAX_MEMBER_BYTES = 1024 * 1024
/** What all members may say together; asked only of those who say more than a little. */
const MAX_ALL_MEMBERS_BYTES = 128 * 1024 * 1024
const LITTLE_BYTES = 16 * 1024
const MAX_GROUPS = 10_000
/** Protocols are compared each with each. */
const MAX_PROTOCOLS = 100

/** All consumer groups. Membership lives in memory (members join again after a restart); committed offsets are on disk. */
export class Coordinator {
  readonly #groups = new Map<string, Group>()
  /** With so many groups it is time to look which of them nobody uses. */
  #tidyAt = 100
  readonly #offsets: CommittedOffsets
  readonly #initialDelayMs: number
  readonly #hasPartition: (topic: string, partition: number) => boolean

  constructor(
    offsets: CommittedOffsets,
    initialDelayMs: number,
    hasPartition: (topic: string, partition: number) => boolean,
  ) {
    this.#offsets = offsets
    this.#initialDelayMs = initialDelayMs
    this.#hasPartition = hasPartition
  }

  async join(request: JoinGroupRequest, client: Client): Promise<JoinGroupResponse> {
    const refuse = (error: ErrorName): JoinGroupResponse => ({
      error,
      generation: -1,
      protocolType: null,
      protocol: '',
      leader: '',
      memberId: request.memberId,
      members: [],
    })
    if (request.groupId === '') return refuse('INVALID_GROUP_ID')
    if (request.sessionTimeoutMs < MIN_SESSION_MS || request.sessionTimeoutMs > MAX_SESSION_MS)
      return refuse('INVALID_SESSION_TIMEOUT')
    const bytes = request.protocols.reduce(
      (sum, { name, metadata }) => sum + name.length + metadata.length,
      0,
    )
    if (request.protocols.length > MAX_PROTOCOLS || bytes > MAX_MEMBER_BYTES) return refuse('INVALID_REQUEST')
    if (bytes > LITTLE_BYTES && this.#memberBytes() + bytes > MAX_ALL_MEMBERS_BYTES)
      return refuse('GROUP_MAX_SIZE_REACHED')
    const group = this.#groupFor(request.groupId)
    if (group === null) return refuse('GROUP_MAX_SIZE_REACHED')
    const outcome = await group.join(request, client)
    return { ...outcome, protocolType: outcome.error === 'NONE' ? group.protocolType : null }
  }

  async sync(request: SyncGroupRequest): Promise<SyncGroupResponse> {
    const group = this.#groups.get(request.groupId)
    if (group === undefined)
      return { error: 'UNKNOWN_MEMBER_ID', protocolType: null, protocol: null, assignment: Buffer.alloc(0) }
    const outcome = await group.sync(request)
    const isIn = outcome.error === 'NONE'
    return {
      ...outcome,
      protocolType: isIn ? group.protocolType : null,
      protocol: isIn ? group.protocol : null,
    }
  }

  heartbeat(request: HeartbeatRequest): ErrorName {
    return this.#groups.get(request.groupId)?.heartbeat(request) ?? 'UNKNOWN_MEMBER_ID'
  }

  leave({ groupId, members }: LeaveGroupRequest): LeaveGroupResponse {
    const group = this.#groups.get(groupId)
    return {
      error: 'NONE',
      members: members.map((member) => ({ ...member, error: group?.leave(member) ?? 'UNKNOWN_MEMBER_ID' })),
    }
  }

  async commit(request: OffsetCommitRequest): Promise<OffsetCommitResponse> {
    const forAll = this.#mayCommit(request)
    const accepted: CommittedOffset[] = []
    const topics = request.topics.map((topic) => ({
      name: topic.name,
      partitions: topic.partitions.map(({ index, offset, leaderEpoch, metadata }) => {
        const error = forAll === 'NONE' ? this.#complaint(topic.name, index, metadata) : forAll
        const commit = {
          group: request.groupId,
          topic: topic.name,
          partition: index,
          offset,
          leaderEpoch,
          metadata: metadata ?? '',
        }
        if (error === 'NONE') accepted.push(commit)
        return { index, error }
      }),
    }))
    if (accepted.length === 0) return { topics }
    try {
      await this.#offsets.commit(accepted)
      return { topics }
    } catch (thrown) {
      const error = errorNameOf(thrown)
      return { topics: topics.map((t) => ({ ...t, partitions: t.partitions.map((p) => ({ ...p, error })) })) }
    }
  }

  #mayCommit(request: OffsetCommitRequest): ErrorName {
    if (request.groupId === '') return 'INVALID_GROUP_ID'
    const group = this.#groups.get(request.groupId)
    if (group !== undefined) return group.mayCommit(request)
    return request.generation < 0 ? 'NONE' : 'ILLEGAL_GENERATION'
  }

  #complaint(topic: string, partition: number, metadata: string | null): ErrorName {
    if (metadata !== null && Buffer.byteLength(metadata) > MAX_METADATA_BYTES)
      return 'OFFSET_METADATA_TOO_LARGE'
    return this.#hasPartition(topic, partition) ? 'NONE' : 'UNKNOWN_TOPIC_OR_PARTITION'
  }

  fetchOffsets({ groupId, topics }: AskedOffsets): OffsetsOfGroup {
    const shown = (partition: number, commit: CommittedOffset | undefined) => ({
      index: partition,
      offset: commit?.offset ?? -1,
      leaderEpoch: commit?.leaderEpoch ?? -1,
      metadata: commit?.metadata ?? '',
    })
    if (topics !== null) {
      const asked = topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((p) => shown(p, this.#offsets.get(groupId, name, p))),
      }))
      return { groupId, error: 'NONE', topics: asked }
    }
    const commits = this.#offsets.allOf(groupId)
    const byTopic = new Map<string, CommittedOffset[]>()
    for (const commit of commits) {
      const ofTopic = byTopic.get(commit.topic) ?? []
      ofTopic.push(commit)
      byTopic.set(commit.topic, ofTopic)
    }
    const all = [...byTopic].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map((c) => shown(c.partition, c)),
    }))
    return { groupId, error: 'NONE', topics: all }
  }

  /** Forgets groups that nobody is in. */
  async removeGroup(id: string): Promise<ErrorName> {
    const group = this.#groups.get(id)
    if (group !== undefined && !group.isUnused) return 'NON_EMPTY_GROUP'
    if (group === undefined && !this.#offsets.has(id)) return 'GROUP_ID_NOT_FOUND'
    this.#groups.delete(id)
    return this.#offsets.remove(id, null).then((): ErrorName => 'NONE', errorNameOf)
  }

  async removeOffsets({ groupId, topics }: OffsetDeleteRequest): Promise<OffsetDeleteResponse> {
    const group = this.#groups.get(groupId)
    if (group === undefined && !this.#offsets.has(groupId)) return { error: 'GROUP_ID_NOT_FOUND', topics: [] }
    const inUse = group === undefined ? new Set<string>() : topicsReadBy(group)
    if (inUse === null) return { error: 'NON_EMPTY_GROUP', topics: [] }
    const free = topics.filter(({ name }) => !inUse.has(name))
    const gone = free.flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({ topic: name, partition })),
    )
    const error = await this.#offsets.remove(groupId, gone).then((): ErrorName => 'NONE', errorNameOf)
    const answer = (name: string, index: number): ErrorName =>
      inUse.has(name)
        ? 'GROUP_SUBSCRIBED_TO_TOPIC'
        : this.#hasPartition(name, index)
          ? error
          : 'UNKNOWN_TOPIC_OR_PARTITION'
    return {
      error: 'NONE',
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((index) => ({ index, error: answer(name, index) })),
      })),
    }
  }

  /** A topic is gone: how far groups had read in it means nothing to one of the same name. */
  async forgetTopic(topic: string): Promise<void> {
    for (const group of this.#offsets.groups()) {
      const places = this.#offsets.allOf(group).filter((commit) => commit.topic === topic)
      if (places.length > 0) await this.#offsets.remove(group, places)
    }
  }

  list({ states, types }: ListGroupsRequest): ListGroupsResponse['groups'] {
    const asked = (wanted: readonly string[]): ((value: string) => boolean) => {
      const set = new Set(wanted.map((one) => one.toLowerCase()))
      return (value) => set.size === 0 || set.has(value.toLowerCase())
    }
    const [isState, isType] = [asked(states), asked(types)]
    const ids = new Set([...this.#groups.keys(), ...this.#offsets.groups()])
    return [...ids]
      .map((id) => ({
        id,
        protocolType: this.#groups.get(id)?.protocolType ?? '',
        state: this.#groups.get(id)?.state ?? 'Empty',
      }))
      .filter(({ state }) => isState(state) && isType(GROUP_TYPE))
  }

  describe(id: string): DescribedGroup {
    const group = this.#groups.get(id)
    if (group === undefined) {
      const state = this.#offsets.has(id) ? 'Empty' : 'Dead'
      return { error: 'NONE', id, state, protocolType: '', protocol: '', members: [] }
    }
    const members = [...group.members.values()].map((member) => ({
      id: member.id,
      instanceId: member.instanceId,
      clientId: member.client.id,
      clientHost: `/${member.client.host}`,
      metadata: member.metadataFor(group.protocol),
      assignment: member.assignment,
    }))
    const { state, protocolType, protocol } = group
    return { error: 'NONE', id, state, protocolType, protocol, members }
  }

  close(): void {
    for (const group of this.#groups.values()) group.close()
    this.#groups.clear()
  }

  #memberBytes(): number {
    let bytes = 0
    for (const group of this.#groups.values())
      for (const member of group.members.values()) bytes += member.sizeBytes
    return bytes
  }

  /** Null when there are too many. */
  #groupFor(id: string): Group | null {
    const known = this.#groups.get(id)
    if (known !== undefined) return known
    if (this.#groups.size >= this.#tidyAt) {
      // Groups that everybody left cost nothing to forget, except their generation count, which only has to differ while members remember it.
      for (const [other, group] of this.#groups) if (group.isUnused) this.#groups.delete(other)
      this.#tidyAt = Math.min(MAX_GROUPS, Math.max(100, 2 * this.#groups.size))
    }
    if (this.#groups.size >= MAX_GROUPS) return null
    const group = new Group(id, this.#initialDelayMs)
    this.#groups.set(id, group)
    return group
  }
}

/** The topics that the members of a group subscribe to; null when one of them says it in a form that is not known. */
function topicsReadBy(group: Group): ReadonlySet<string> | null {
  const topics = new Set<string>()
  for (const member of group.members.values()) {
    try {
      const reader = new Reader(member.metadataFor(group.protocol))
      reader.int16() // version of the subscription
      for (const topic of reader.array((r) => r.string())) topics.add(topic)
    } catch {
      return null
    }
  }
  return topics
}
