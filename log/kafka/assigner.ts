/** The sticky assignment in the form the group protocol carries: each member tells in its metadata what it holds. */
import { assignSticky, type Claim } from '../assign.ts'
import { kafkajs } from './kafkajs-patches.ts'

/** The name all members of a group must share; a group of another client with other names cannot be joined by accident. */
export const ASSIGNER = 'tidemark-sticky'
const VERSION = 1
const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol

export interface Holding {
  generation: number
  owned: number[]
}

/** What a member says of itself as it joins. */
export function offer(topic: string, holding: Holding): { name: string; metadata: Buffer } {
  return {
    name: ASSIGNER,
    metadata: MemberMetadata.encode({
      version: VERSION,
      topics: [topic],
      userData: Buffer.from(JSON.stringify(holding)),
    }),
  }
}

/**
 * What the leader gives to each: the partitions of its own topic, shared with those that read the same one. Two stores that count a source of one name from
 * two topics of one cluster meet in one group.
 */
export async function assign(
  members: readonly { memberId: string; memberMetadata: Buffer }[],
  partitionsOf: (topic: string) => Promise<readonly number[]>,
): Promise<{ memberId: string; memberAssignment: Buffer }[]> {
  const byTopic = new Map<string, Claim[]>()
  for (const { memberId, memberMetadata } of members) {
    const said = MemberMetadata.decode(memberMetadata)
    const claim = readClaim(memberId, said?.userData)
    for (const topic of said?.topics ?? []) byTopic.set(topic, [...(byTopic.get(topic) ?? []), claim])
  }
  const given = await Promise.all(
    [...byTopic].map(async ([topic, claims]) =>
      [...assignSticky(claims, await partitionsOf(topic))].map(([memberId, share]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: { [topic]: share },
          userData: Buffer.alloc(0),
        }),
      })),
    ),
  )
  return given.flat()
}

/** The partitions that the leader gave to us. */
export function given(topic: string, assignment: Buffer): number[] {
  return (
    (assignment.length === 0 ? undefined : MemberAssignment.decode(assignment)?.assignment[topic])?.toSorted(
      (a, b) => a - b,
    ) ?? []
  )
}

/** A member that says nothing readable holds nothing. */
export function readClaim(memberId: string, userData: Buffer | null | undefined): Claim {
  const nothing: Claim = { memberId, generation: -1, owned: [] }
  if (userData === null || userData === undefined || userData.length === 0) return nothing
  try {
    const said: unknown = JSON.parse(userData.toString('utf8'))
    if (typeof said !== 'object' || said === null || !('generation' in said) || !('owned' in said))
      return nothing
    if (!Number.isSafeInteger(said.generation) || !Array.isArray(said.owned)) return nothing
    return {
      memberId,
      generation: said.generation as number,
      owned: said.owned.filter((partition): partition is number => Number.isSafeInteger(partition)),
    }
  } catch {
    return nothing
  }
}
