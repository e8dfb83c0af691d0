/** Which zone each node of a new cluster lies in: no replica in the zone of its primary, where there is more than one. */

export interface PlacedNode {
  readonly shard: number
  readonly isReplica: boolean
  readonly zone: string
}

/** Primaries go round the zones; the replicas of each go round the other zones, beginning behind its primary's. */
export function placeNodes(shards: number, replicas: number, zones: readonly string[]): PlacedNode[] {
  return Array.from({ length: shards }, (_, shard) => {
    const primary = { shard, isReplica: false, zone: zones[shard % zones.length]! }
    const taken: string[] = []
    while (taken.length < replicas) taken.push(zoneOfReplica(zones, primary.zone, taken))
    return [primary, ...taken.map((zone) => ({ shard, isReplica: true, zone }))]
  }).flat()
}

/** The zone of one more replica of a primary in `zone`: one in which the fewest of its copies lie, the next ones behind the primary's first. `taken`: of its replicas. */
export function zoneOfReplica(zones: readonly string[], zone: string, taken: readonly string[]): string {
  const at = zones.indexOf(zone)
  const others = [...zones.slice(at + 1), ...zones.slice(0, Math.max(at, 0))]
  const copies = (one: string): number => taken.filter((name) => name === one).length
  return others.toSorted((a, b) => copies(a) - copies(b))[0] ?? zone
}
