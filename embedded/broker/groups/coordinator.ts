import { errorNameOf, type ErrorName } from '../errors.ts'
import type { DescribedGroup } from '../messages/describe-groups.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../messages/join-group.ts'
import type { LeaveGroupResponse } from '../messages/leave-group.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../messages/offset-commit.ts'
import type { OffsetFetchRequest, OffsetFetchResponse } from '../messages/offset-fetch.ts'
import type { SyncGroupRequest, SyncGroupResponse } from '../messages/sync-group.ts'
import type { CommittedOffset, CommittedOffsets } from '../storage/committed-offsets.ts'
import { Group } from './group.ts'
import type { Client } from './member.ts'

const MIN_SESSION_MS = 100
const MAX_SESSION_MS = 30 * 60 * 1000
const MAX_METADATA_BYTES = 4096

/** All consumer groups. Membership lives in memory (members join again after a restart); committed offsets are on disk. */
export class Coordinator {
  readonly #groups = new Map<string, Group>()
  readonly #offsets: CommittedOffsets
  readonly #initialDelayMs: number
  readonly #hasPartition: (topic: string, partition: number) => boolean

  constructor(offsets: CommittedOffsets, initialDelayMs: number, hasPartition: (topic: string, partition: number) => boolean) {
    this.#offsets = offsets
    this.#initialDelayMs = initialDelayMs
    this.#hasPartition = hasPartition
  }

  async join(request: JoinGroupRequest, client: Client): Promise<JoinGroupResponse> {
    const refuse = (error: ErrorName): JoinGroupResponse => ({
      error, generation: -1, protocol: '', leader: '', memberId: request.memberId, members: [],
    })
    if (request.groupId === '') return refuse('INVALID_GROUP_ID')
    if (request.sessionTimeoutMs < MIN_SESSION_MS || request.sessionTimeoutMs > MAX_SESSION_MS) return refuse('INVALID_SESSION_TIMEOUT')
    return this.#groupFor(request.groupId).join(request, client)
  }

  async sync(request: SyncGroupRequest): Promise<SyncGroupResponse> {
    const group = this.#groups.get(request.groupId)
    return group === undefined ? { error: 'UNKNOWN_MEMBER_ID', assignment: Buffer.alloc(0) } : group.sync(request)
  }

  heartbeat(groupId: string, memberId: string, generation: number): ErrorName {
    return this.#groups.get(groupId)?.heartbeat(memberId, generation) ?? 'UNKNOWN_MEMBER_ID'
  }

  leave(groupId: string, memberIds: readonly string[]): LeaveGroupResponse {
    const group = this.#groups.get(groupId)
    return { error: 'NONE', members: memberIds.map((id) => ({ id, error: group?.remove(id) ?? 'UNKNOWN_MEMBER_ID' })) }
  }

  async commit(request: OffsetCommitRequest): Promise<OffsetCommitResponse> {
    const forAll = this.#mayCommit(request)
    const accepted: CommittedOffset[] = []
    const topics = request.topics.map((topic) => ({
      name: topic.name,
      partitions: topic.partitions.map(({ index, offset, leaderEpoch, metadata }) => {
        const error = forAll === 'NONE' ? this.#complaint(topic.name, index, metadata) : forAll
        const commit = { group: request.groupId, topic: topic.name, partition: index, offset, leaderEpoch, metadata: metadata ?? '' }
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

  #mayCommit({ groupId, memberId, generation }: OffsetCommitRequest): ErrorName {
    if (groupId === '') return 'INVALID_GROUP_ID'
    const group = this.#groups.get(groupId)
    if (group !== undefined) return group.mayCommit(memberId, generation)
    return generation < 0 ? 'NONE' : 'ILLEGAL_GENERATION'
  }

  #complaint(topic: string, partition: number, metadata: string | null): ErrorName {
    if (metadata !== null && Buffer.byteLength(metadata) > MAX_METADATA_BYTES) return 'OFFSET_METADATA_TOO_LARGE'
    return this.#hasPartition(topic, partition) ? 'NONE' : 'UNKNOWN_TOPIC_OR_PARTITION'
  }

  fetchOffsets({ groupId, topics }: OffsetFetchRequest): OffsetFetchResponse {
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
      return { error: 'NONE', topics: asked }
    }
    const commits = this.#offsets.allOf(groupId)
    const names = [...new Set(commits.map((commit) => commit.topic))]
    const all = names.map((name) => ({
      name,
      partitions: commits.filter((c) => c.topic === name).map((c) => shown(c.partition, c)),
    }))
    return { error: 'NONE', topics: all }
  }

  list(): readonly { readonly id: string; readonly protocolType: string }[] {
    const ids = new Set([...this.#groups.keys(), ...this.#offsets.groups()])
    return [...ids].map((id) => ({ id, protocolType: this.#groups.get(id)?.protocolType ?? '' }))
  }

  describe(id: string): DescribedGroup {
    const group = this.#groups.get(id)
    if (group === undefined) {
      const state = this.#offsets.groups().includes(id) ? 'Empty' : 'Dead'
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

  #groupFor(id: string): Group {
    const known = this.#groups.get(id)
    if (known !== undefined) return known
    // Groups that everybody left cost nothing to forget, except their generation count, which only has to differ while members remember it.
    for (const [other, group] of this.#groups) if (group.isUnused) this.#groups.delete(other)
    const group = new Group(id, this.#initialDelayMs)
    this.#groups.set(id, group)
    return group
  }
}

