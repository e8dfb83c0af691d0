/** Which zone each node of a new cluster lies in: no replica in the zone of its primary, where there is more than one. */

export interface PlacedNode {
  readonly shard: number
  readonly isReplica: boolean
  readonly zone: string
}

/** Primaries go round the zones; the replicas of each go round the other zones, beginning behind its primary's. */
export function placeNodes(shards: number, replicas: number, zones: readonly string[]): PlacedNode[] {
  return Array.from({ length: shards }, (_, shard) => [
    { shard, isReplica: false, zone: zones[shard % zones.length]! },
    ...Array.from({ length: replicas }, (__, replica) => ({
      shard,
      isReplica: true,
      zone: zoneOfReplica(zones, zones[shard % zones.length]!, replica),
    })),
  ]).flat()
}

/** The zone of replica number `replica` (from 0) of a primary in `zone`. */
export function zoneOfReplica(zones: readonly string[], zone: string, replica: number): string {
  const at = zones.indexOf(zone)
  const others = [...zones.slice(at + 1), ...zones.slice(0, Math.max(at, 0))]
  return others.length === 0 ? zone : others[replica % others.length]!
}
