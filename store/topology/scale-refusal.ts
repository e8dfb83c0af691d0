/** Whether a store may be scaled to what is asked for. Pure. */

export interface ScaleQuestion {
  readonly wish: { readonly shards: number; readonly replicas: number }
  readonly zones: readonly string[]
  /** Of all primaries. */
  readonly usedBytes: number
  /** The bound of each node. */
  readonly nodeBytes: number
  readonly machineBytes: number
  /** As many as there are now. */
  readonly nodes: number
}

/** A node that is fuller than this has no room for a rewrite of its file, nor for the next day. */
const FULL = 0.85
const MB = 2 ** 20

/** A whole sentence; null = it may. */
export function refuseScale({
  wish,
  zones,
  usedBytes,
  nodeBytes,
  machineBytes,
  nodes,
}: ScaleQuestion): string | null {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / MB)} MB`
  const fault = refuseZones(wish.replicas, zones)
  if (fault !== null) return fault
  if (usedBytes > wish.shards * nodeBytes * FULL)
    return `${wish.shards} shards of ${megabytes(nodeBytes)} have no room for the ${megabytes(usedBytes)} that are in use: more shards, or more memory for each (tidemark store create --max-memory-mb, when it is started again)`
  const wanted = wish.shards * (wish.replicas + 1)
  if (wanted > nodes && wanted * nodeBytes > machineBytes)
    return `${wanted} nodes of ${megabytes(nodeBytes)} may take ${megabytes(wanted * nodeBytes)}, and this machine has ${megabytes(machineBytes)}: less for each (tidemark store create --max-memory-mb, when it is started again)`
  return null
}

/** Where zones are named, no two copies of a key lie in one. A whole sentence; null = they have room. */
export function refuseZones(replicas: number, zones: readonly string[]): string | null {
  return zones.length > 1 && replicas + 1 > zones.length
    ? `${replicas + 1} copies of each key need as many zones, and there are ${zones.length} (${zones.join(', ')}): at most ${zones.length - 1} replicas`
    : null
}
