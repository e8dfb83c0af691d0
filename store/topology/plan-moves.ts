/** Which slots move from whom to whom, so that every shard that stays has its share: as few as can be. */
import { SLOTS, slotCount, type ClusterNode } from './cluster-nodes.ts'

export interface SlotMove {
  readonly from: string
  readonly to: string
  /** Both ends included. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** `keep`: ids of the primaries that stay, in order; those of `primaries` that are not named give all they have. */
export function planMoves(
  primaries: readonly Pick<ClusterNode, 'id' | 'slots'>[],
  keep: readonly string[],
): SlotMove[] {
  const share = Math.floor(SLOTS / keep.length)
  const has = (id: string): number => slotCount(primaries.find((one) => one.id === id) ?? { slots: [] })
  // Where it does not divide, those have one more that have the most now.
  const fullest = new Set(keep.toSorted((a, b) => has(b) - has(a)).slice(0, SLOTS % keep.length))
  const wanted = new Map(keep.map((id) => [id, share + (fullest.has(id) ? 1 : 0)]))
  const spare = primaries.flatMap((node) =>
    slotList(node)
      .slice(wanted.get(node.id) ?? 0)
      .map((slot) => ({ from: node.id, slot })),
  )
  const moves: SlotMove[] = []
  for (const to of keep) {
    const lacks = wanted.get(to)! - has(to)
    const got = spare.splice(0, Math.max(0, lacks))
    for (const from of new Set(got.map((one) => one.from)))
      moves.push({
        from,
        to,
        ranges: toRanges(got.filter((one) => one.from === from).map(({ slot }) => slot)),
      })
  }
  return moves
}

export const slotsOf = ({ ranges }: SlotMove): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)

const slotList = ({ slots }: Pick<ClusterNode, 'slots'>): number[] =>
  slots.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at))

function toRanges(slots: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (const slot of slots.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === slot - 1) last[1] = slot
    else ranges.push([slot, slot])
  }
  return ranges
}
