import type { ErrorName } from '../protocol/errors.ts'
import type { JoinGroupRequest, JoinOutcome, Protocol } from '../messages/join-group.ts'
import type { SyncOutcome } from '../messages/sync-group.ts'

export interface Client {
  readonly id: string
  readonly host: string
}

/** One member of a group: what it offered, what it was given, what it waits for, and when it counts as dead. */
export class Member {
  readonly id: string
  readonly instanceId: string | null
  readonly client: Client
  sessionTimeoutMs = 0
  rebalanceTimeoutMs = 0
  protocols: readonly Protocol[] = []
  assignment: Buffer = Buffer.alloc(0)
  #joining: ((response: JoinOutcome) => void) | null = null
  #syncing: ((response: SyncOutcome) => void) | null = null
  #session: NodeJS.Timeout | null = null
  readonly #expired: () => void

  constructor(id: string, request: JoinGroupRequest, client: Client, expired: () => void) {
    this.id = id
    this.instanceId = request.instanceId
    this.client = client
    this.#expired = expired
    this.offer(request)
  }

  offer(request: JoinGroupRequest): void {
    this.sessionTimeoutMs = request.sessionTimeoutMs
    // Who says no patience cannot mean it: nobody could join or sync in time.
    this.rebalanceTimeoutMs =
      request.rebalanceTimeoutMs > 0 ? request.rebalanceTimeoutMs : request.sessionTimeoutMs
    this.protocols = request.protocols
  }

  offersSameAs(request: JoinGroupRequest): boolean {
    return (
      this.protocols.length === request.protocols.length &&
      this.protocols.every(
        (mine, i) =>
          mine.name === request.protocols[i]!.name && mine.metadata.equals(request.protocols[i]!.metadata),
      )
    )
  }

  /** What it said of itself, and what it was given. */
  get sizeBytes(): number {
    return this.protocols.reduce(
      (sum, { name, metadata }) => sum + name.length + metadata.length,
      this.assignment.length,
    )
  }

  metadataFor(protocol: string): Buffer {
    return this.protocols.find((offered) => offered.name === protocol)?.metadata ?? Buffer.alloc(0)
  }

  get isJoining(): boolean {
    return this.#joining !== null
  }

  get isSyncing(): boolean {
    return this.#syncing !== null
  }

  /** Waits for the next generation; while it waits, its session cannot end. */
  waitForJoin(): Promise<JoinOutcome> {
    this.answerJoin({
      error: 'REBALANCE_IN_PROGRESS',
      generation: -1,
      protocol: '',
      leader: '',
      memberId: this.id,
      members: [],
    })
    this.#stopSession()
    return new Promise((resolve) => (this.#joining = resolve))
  }

  answerJoin(response: JoinOutcome): void {
    const answer = this.#joining
    this.#joining = null
    answer?.(response)
    this.touch()
  }

  /** Waits for the leader's assignment; while it waits, its session cannot end. */
  waitForSync(): Promise<SyncOutcome> {
    this.answerSync({ error: 'REBALANCE_IN_PROGRESS', assignment: Buffer.alloc(0) })
    this.#stopSession()
    return new Promise((resolve) => (this.#syncing = resolve))
  }

  answerSync(response: SyncOutcome): void {
    const answer = this.#syncing
    this.#syncing = null
    answer?.(response)
    this.touch()
  }

  /** A sign of life: the session begins anew. */
  touch(): void {
    this.#stopSession()
    if (this.isJoining || this.isSyncing) return
    this.#session = setTimeout(this.#expired, this.sessionTimeoutMs)
  }

  /** Takes the member out of the game: whatever it waits for is refused. */
  dismiss(error: ErrorName = 'UNKNOWN_MEMBER_ID'): void {
    this.answerJoin({ error, generation: -1, protocol: '', leader: '', memberId: this.id, members: [] })
    this.answerSync({ error, assignment: Buffer.alloc(0) })
    this.#stopSession()
  }

  #stopSession(): void {
    if (this.#session !== null) clearTimeout(this.#session)
    this.#session = null
  }
}
