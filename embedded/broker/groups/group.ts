import { randomUUID } from 'node:crypto'
import type { ErrorName } from '../protocol/errors.ts'
import type { JoinGroupRequest, JoinOutcome } from '../messages/join-group.ts'
import type { Leaving } from '../messages/leave-group.ts'
import type { SyncGroupRequest, SyncOutcome } from '../messages/sync-group.ts'
import { elect, fits } from './election.ts'
import { Member, type Client } from './member.ts'

/**
 * Empty: no members. Preparing: members are asked to join again. Completing: everybody joined, the leader's assignment is
 * awaited. Stable: everybody has its share. The names are those that Kafka's tools print.
 */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** Who says to be in the group, at which generation. */
export interface Claim {
  readonly memberId: string
  readonly generation: number
  readonly instanceId: string | null
}

const MAX_MEMBERS = 1000
const NO_BYTES = Buffer.alloc(0)

/** One consumer group: who is in it, which generation it is at, and the dance by which members agree on the next. */
export class Group {
  readonly id: string
  state: GroupState = 'Empty'
  generation = 0
  protocolType = ''
  protocol = ''
  leader = ''
  readonly members = new Map<string, Member>()
  /** Ids handed out to clients that have not joined with them yet. */
  readonly #promised = new Map<string, NodeJS.Timeout>()
  readonly #initialDelayMs: number
  #deadline: NodeJS.Timeout | null = null
  /** True while a first generation waits for company. */
  #isDelayed = false

  constructor(id: string, initialDelayMs: number) {
    this.id = id
    this.#initialDelayMs = initialDelayMs
  }

  get isUnused(): boolean {
    return this.members.size === 0 && this.#promised.size === 0
  }

  join(request: JoinGroupRequest, client: Client): Promise<JoinOutcome> | JoinOutcome {
    const refuse = (error: ErrorName, memberId = request.memberId): JoinOutcome => ({
      error,
      generation: -1,
      protocol: '',
      leader: '',
      memberId,
      members: [],
    })
    const before = this.#ofInstance(request.instanceId)
    const others = [...this.members.values()].filter(
      (member) => member.id !== request.memberId && member !== before,
    )
    if (!fits(request, others, this.protocolType)) return refuse('INCONSISTENT_GROUP_PROTOCOL')
    const known = this.members.get(request.memberId)
    if (known !== undefined) return this.#rejoin(known, request)
    if (request.memberId !== '' && !this.#promised.has(request.memberId))
      return refuse(this.#strangerTo(request.instanceId))
    if (this.members.size + this.#promised.size >= MAX_MEMBERS && request.memberId === '')
      return refuse('GROUP_MAX_SIZE_REACHED')
    const id = request.memberId === '' ? `${client.id}-${randomUUID()}` : request.memberId
    if (request.memberId === '' && request.needsMemberId && request.instanceId === null) {
      this.#promised.set(
        id,
        setTimeout(() => this.#forgetPromise(id), request.sessionTimeoutMs),
      )
      return refuse('MEMBER_ID_REQUIRED', id)
    }
    clearTimeout(this.#promised.get(id))
    this.#promised.delete(id)
    return this.#enter(new Member(id, request, client, () => this.remove(id)), request)
  }

  #enter(member: Member, request: JoinGroupRequest): Promise<JoinOutcome> {
    this.#replace(request.instanceId)
    if (this.members.size === 0) this.protocolType = request.protocolType
    this.members.set(member.id, member)
    return this.#awaitJoin(member)
  }

  #ofInstance(instanceId: string | null): Member | undefined {
    if (instanceId === null) return undefined
    for (const member of this.members.values()) if (member.instanceId === instanceId) return member
    return undefined
  }

  /** A member that was given an instance id comes back: the one that it was before goes at once, not when its session ends. */
  #replace(instanceId: string | null): void {
    const before = this.#ofInstance(instanceId)
    if (before === undefined) return
    this.members.delete(before.id)
    before.dismiss('FENCED_INSTANCE_ID')
  }

  /** What to say to a member that is not in the group. */
  #strangerTo(instanceId: string | null): ErrorName {
    return this.#ofInstance(instanceId) === undefined ? 'UNKNOWN_MEMBER_ID' : 'FENCED_INSTANCE_ID'
  }

  #rejoin(member: Member, request: JoinGroupRequest): Promise<JoinOutcome> | JoinOutcome {
    const isNews = !member.offersSameAs(request)
    // A follower that asks again with the same offer has only lost its answer; a leader that asks again wants a new assignment.
    const lostItsAnswer =
      !isNews &&
      (this.state === 'CompletingRebalance' || (this.state === 'Stable' && member.id !== this.leader))
    member.offer(request)
    if (!lostItsAnswer) return this.#awaitJoin(member)
    member.touch()
    return this.#joined(member)
  }

  #awaitJoin(member: Member): Promise<JoinOutcome> {
    const answer = member.waitForJoin()
    if (this.state !== 'PreparingRebalance') this.#prepare()
    else this.#completeIfAllJoined()
    return answer
  }

  /** Asks everybody to join again, for as long as the most patient member allows. */
  #prepare(): void {
    const isFirst = this.state === 'Empty'
    this.state = 'PreparingRebalance'
    for (const member of this.members.values()) {
      member.assignment = NO_BYTES
      if (member.isSyncing) member.answerSync({ error: 'REBALANCE_IN_PROGRESS', assignment: NO_BYTES })
    }
    this.#isDelayed = isFirst && this.#initialDelayMs > 0
    this.#setDeadline(this.#isDelayed ? this.#initialDelayMs : this.#patienceMs(), () => this.#completeJoin())
    this.#completeIfAllJoined()
  }

  #completeIfAllJoined(): void {
    if (this.state !== 'PreparingRebalance' || this.#isDelayed || this.#promised.size > 0) return
    for (const member of this.members.values()) if (!member.isJoining) return
    this.#completeJoin()
  }

  /** Begins the next generation with those who came; the others are out. */
  #completeJoin(): void {
    this.#isDelayed = false
    this.#setDeadline(null)
    for (const member of this.members.values()) {
      if (member.isJoining) continue
      this.members.delete(member.id)
      member.dismiss()
    }
    this.generation++
    if (this.members.size === 0) {
      this.state = 'Empty'
      this.protocol = ''
      this.leader = ''
      return
    }
    this.state = 'CompletingRebalance'
    this.protocol = elect([...this.members.values()])
    if (!this.members.has(this.leader)) this.leader = this.members.keys().next().value!
    for (const member of this.members.values()) member.answerJoin(this.#joined(member))
    this.#setDeadline(this.#patienceMs(), () => this.#expelThoseWhoDidNotSync())
  }

  #joined(member: Member): JoinOutcome {
    const everybody = [...this.members.values()]
    const { generation, protocol, leader } = this
    const members = everybody.map((m) => ({
      id: m.id,
      instanceId: m.instanceId,
      metadata: m.metadataFor(protocol),
    }))
    return {
      error: 'NONE',
      generation,
      protocol,
      leader,
      memberId: member.id,
      members: member.id === leader ? members : [],
    }
  }

  #expelThoseWhoDidNotSync(): void {
    for (const member of this.members.values()) {
      if (member.isSyncing) continue
      this.members.delete(member.id)
      member.dismiss()
    }
    this.#prepare()
  }

  sync(request: SyncGroupRequest): Promise<SyncOutcome> | SyncOutcome {
    const refuse = (error: ErrorName): SyncOutcome => ({ error, assignment: NO_BYTES })
    const error = this.#unlessCurrent(request)
    if (error !== 'NONE') return refuse(error)
    const member = this.members.get(request.memberId)!
    member.touch()
    if (this.state === 'PreparingRebalance') return refuse('REBALANCE_IN_PROGRESS')
    if (this.state === 'Stable') return { error: 'NONE', assignment: member.assignment }
    const answer = member.waitForSync()
    if (member.id === this.leader) this.#assign(request)
    return answer
  }

  #assign(request: SyncGroupRequest): void {
    this.#setDeadline(null)
    this.state = 'Stable'
    for (const { memberId, assignment } of request.assignments) {
      const member = this.members.get(memberId)
      if (member !== undefined) member.assignment = assignment
    }
    for (const member of this.members.values()) {
      if (member.isSyncing) member.answerSync({ error: 'NONE', assignment: member.assignment })
    }
  }

  heartbeat(request: Claim): ErrorName {
    const error = this.#unlessCurrent(request)
    if (error !== 'NONE') return error
    this.members.get(request.memberId)!.touch()
    return this.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE'
  }

  /** May this member commit now? Generation -1 is a commit from outside, legal only while nobody is inside. */
  mayCommit(request: Claim): ErrorName {
    if (request.generation < 0 && this.state === 'Empty') return 'NONE'
    const error = this.#unlessCurrent(request)
    if (error !== 'NONE') return error
    this.members.get(request.memberId)!.touch()
    return this.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE'
  }

  #unlessCurrent({ memberId, generation, instanceId }: Claim): ErrorName {
    if (!this.members.has(memberId)) return this.#strangerTo(instanceId)
    return generation === this.generation ? 'NONE' : 'ILLEGAL_GENERATION'
  }

  /** A member goes, by its id, or by its instance id alone (an operator's tool says that). */
  leave({ id, instanceId }: Leaving): ErrorName {
    const known = id === '' ? this.#ofInstance(instanceId)?.id : id
    if (known !== undefined && !this.members.has(known) && this.#ofInstance(instanceId) !== undefined)
      return 'FENCED_INSTANCE_ID'
    return known === undefined ? 'UNKNOWN_MEMBER_ID' : this.remove(known)
  }

  /** A member leaves, or its session ended. */
  remove(memberId: string): ErrorName {
    if (this.#promised.has(memberId)) {
      this.#forgetPromise(memberId)
      return 'NONE'
    }
    const member = this.members.get(memberId)
    if (member === undefined) return 'UNKNOWN_MEMBER_ID'
    this.members.delete(memberId)
    member.dismiss()
    if (this.state === 'PreparingRebalance') this.#completeIfAllJoined()
    else this.#prepare()
    return 'NONE'
  }

  #forgetPromise(id: string): void {
    clearTimeout(this.#promised.get(id))
    this.#promised.delete(id)
    this.#completeIfAllJoined()
  }

  /** Drops all members and timers: the broker goes away. */
  close(): void {
    this.#setDeadline(null)
    for (const timer of this.#promised.values()) clearTimeout(timer)
    this.#promised.clear()
    for (const member of this.members.values()) member.dismiss()
    this.members.clear()
  }

  #setDeadline(afterMs: number | null, act?: () => void): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline)
    this.#deadline = afterMs === null || act === undefined ? null : setTimeout(act, afterMs)
  }

  #patienceMs(): number {
    return Math.max(0, ...[...this.members.values()].map((member) => member.rebalanceTimeoutMs))
  }
}
