/**
 * One member of a consumer group, as the coordinator sees it: one call of the group protocol each, none tried twice. What an error means is decided by whoever
 * calls (keeper.ts). The member keeps its id whatever happens to connections: who came back under a new one would wait until the old one's session ends.
 */
import { assign, given, type Holding, offer } from './assigner.ts'
import type { Node, Nodes } from './nodes.ts'

export interface GroupOptions {
  topic: string
  groupId: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
}

export interface Joined {
  generation: number
  partitions: number[]
}

export class Group {
  readonly #nodes: Nodes
  readonly #options: GroupOptions
  #memberId = ''
  #generation = -1
  #isLeader = false
  #coordinator: Node | null = null
  #looking: Promise<Node> | null = null

  constructor(nodes: Nodes, options: GroupOptions) {
    this.#nodes = nodes
    this.#options = options
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  /** Asks to be a member, and for its share. Waits until all others joined too, or the group gave them up. */
  async join(holding: Holding, partitionsOf: (topic: string) => Promise<number[]>): Promise<Joined> {
    const { topic, groupId, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const broker = await (await this.#find()).ready()
    const asked = {
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupProtocols: [offer(topic, holding)],
    }
    const { generationId, memberId, leaderId, members } = await broker.joinGroup(asked)
    this.#memberId = memberId
    this.#generation = generationId
    this.#isLeader = memberId === leaderId
    const groupAssignment = this.#isLeader ? await assign(members, partitionsOf) : []
    const { memberAssignment } = await broker.syncGroup({ groupId, generationId, memberId, groupAssignment })
    return { generation: generationId, partitions: given(topic, memberAssignment) }
  }

  async heartbeat(): Promise<void> {
    const broker = await (await this.#find()).ready()
    await broker.heartbeat({
      groupId: this.#options.groupId,
      groupGenerationId: this.#generation,
      memberId: this.#memberId,
    })
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const broker = await (await this.#find()).ready()
    const partitions = [...offsets].map(([partition, offset]) => ({
      partition,
      offset: String(offset),
      metadata: null,
    }))
    await broker.offsetCommit({
      groupId: this.#options.groupId,
      groupGenerationId: this.#generation,
      memberId: this.#memberId,
      topics: [{ topic: this.#options.topic, partitions }],
    })
  }

  /** Kafka answers -1 for "never". */
  async committed(partitions: readonly number[]): Promise<Map<number, number | null>> {
    const { topic, groupId } = this.#options
    const broker = await (await this.#find()).ready()
    const { responses } = await broker.offsetFetch({
      groupId,
      topics: [{ topic, partitions: partitions.map((partition) => ({ partition })) }],
    })
    const found = new Map(
      responses
        .flatMap((entry) => entry.partitions)
        .map(({ partition, offset }) => [partition, Number(offset)]),
    )
    return new Map(partitions.map((partition) => [partition, orNull(found.get(partition))]))
  }

  async leave(): Promise<void> {
    if (this.#memberId === '' || this.#coordinator === null) return
    const broker = await this.#coordinator.ready()
    await broker.leaveGroup({ groupId: this.#options.groupId, memberId: this.#memberId })
  }

  /** The group does not know this member any more: the next join makes a new one. */
  forget(): void {
    this.#memberId = ''
    this.#generation = -1
  }

  /** The coordinator is looked for again before the next call. */
  lost(): void {
    this.#coordinator?.cut()
    this.#coordinator = null
  }

  /** A connection of its own: a join is held at the broker for as long as a rebalance takes. */
  async #find(): Promise<Node> {
    this.#coordinator ??= await (this.#looking ??= this.#nodes
      .coordinatorOf(this.#options.groupId)
      .then((place) => this.#nodes.apart(place))
      .finally(() => (this.#looking = null)))
    return this.#coordinator
  }
}

const orNull = (offset: number | undefined): number | null =>
  offset === undefined || offset < 0 ? null : offset
