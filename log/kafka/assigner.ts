/** The sticky assignment in the form the group protocol carries: each member tells in its metadata what it holds. */
import type { PartitionAssigner } from 'kafkajs'
import { assignSticky, type Claim } from '../assign.ts'
import type { Membership } from './group.ts'
import { kafkajs } from './seam.ts'

/** The name all members of a group must share; a group of another client with other names cannot be joined by accident. */
export const ASSIGNER = 'tidemark-sticky'
const VERSION = 1

interface TopicCluster {
  findTopicPartitionMetadata(topic: string): { partitionId: number }[]
}

/** `holding` is asked at each join. */
export function stickyAssigner(membership: Membership, holding: () => { generation: number; owned: number[] }): PartitionAssigner {
  const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol
  return ({ cluster }) => {
    const assigner: ReturnType<PartitionAssigner> & { membership: Membership } = {
      name: ASSIGNER,
      version: VERSION,
      membership,
      async assign({ members, topics }) {
        const topic = topics[0]
        if (topic === undefined) return []
        const partitions = (cluster as unknown as TopicCluster).findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
        const claims = members.map(({ memberId, memberMetadata }) => readClaim(memberId, MemberMetadata.decode(memberMetadata)?.userData))
        return [...assignSticky(claims, partitions)].map(([memberId, share]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({ version: VERSION, assignment: { [topic]: share }, userData: Buffer.alloc(0) }),
        }))
      },
      protocol: ({ topics }) => ({
        name: ASSIGNER,
        metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.from(JSON.stringify(holding())) }),
      }),
    }
    return assigner
  }
}

/** A member that says nothing readable holds nothing. */
export function readClaim(memberId: string, userData: Buffer | null | undefined): Claim {
  const nothing: Claim = { memberId, generation: -1, owned: [] }
  if (userData === null || userData === undefined || userData.length === 0) return nothing
  try {
    const said: unknown = JSON.parse(userData.toString('utf8'))
    if (typeof said !== 'object' || said === null || !('generation' in said) || !('owned' in said)) return nothing
    if (!Number.isSafeInteger(said.generation) || !Array.isArray(said.owned)) return nothing
    return { memberId, generation: said.generation as number, owned: said.owned.filter((partition): partition is number => Number.isSafeInteger(partition)) }
  } catch {
    return nothing
  }
}
