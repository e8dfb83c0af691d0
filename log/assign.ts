/** One member of the group: what it holds, and since which generation of the group it believes so. */
export interface Claim {
  memberId: string
  generation: number
  owned: readonly number[]
}

/**
 * Shares partitions among members: as even as can be, each keeping what it held as far as evenness allows, and the same
 * answer whichever order the claims come in. Pure. A partition claimed twice belongs to the later generation.
 */
export function assignSticky(claims: readonly Claim[], partitions: readonly number[]): Map<string, number[]> {
  const shares = new Map<string, number[]>()
  if (claims.length === 0) return shares
  const unclaimed = new Set([...partitions].sort(ascending))

  const kept = claims
    .toSorted((a, b) => b.generation - a.generation || byId(a, b))
    .map(({ memberId, owned }) => ({
      memberId,
      owned: [...new Set(owned)].sort(ascending).filter((partition) => unclaimed.delete(partition)),
    }))
    .sort((a, b) => b.owned.length - a.owned.length || byId(a, b))

  // Those who hold most take the one partition more that an uneven division leaves over.
  const least = Math.floor(partitions.length / kept.length)
  const withOneMore = partitions.length % kept.length
  const quotaOf = (place: number): number => least + (place < withOneMore ? 1 : 0)
  kept.forEach(({ owned }, place) =>
    owned.splice(quotaOf(place)).forEach((partition) => unclaimed.add(partition)),
  )

  const free = [...unclaimed].sort(ascending)
  kept.forEach(({ memberId, owned }, place) => {
    shares.set(memberId, [...owned, ...free.splice(0, quotaOf(place) - owned.length)].sort(ascending))
  })
  return shares
}

const ascending = (a: number, b: number): number => a - b
const byId = (a: { memberId: string }, b: { memberId: string }): number =>
  a.memberId < b.memberId ? -1 : a.memberId > b.memberId ? 1 : 0
