/** What a primary says that its memory is for, out of INFO. Each byte in use is in one part. */
export const memoryParts = ['data', 'replication', 'clients', 'disk buffer', 'server'] as const

export type MemoryPart = (typeof memoryParts)[number]

/** Of all primaries together; null where one of them does not say. */
export function partsOf(infos: readonly string[]): Record<MemoryPart, number> | null {
  const sums: Record<MemoryPart, number> = {
    data: 0,
    replication: 0,
    clients: 0,
    'disk buffer': 0,
    server: 0,
  }
  for (const info of infos) {
    const bytes = (name: string): number | null => {
      const found = new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]
      return found === undefined ? null : Number(found)
    }
    const [used, data] = [bytes('used_memory'), bytes('used_memory_dataset')]
    if (used === null || data === null) return null
    const clients = (bytes('mem_clients_normal') ?? 0) + (bytes('mem_clients_slaves') ?? 0)
    const replication = bytes('mem_replication_backlog') ?? 0
    const disk = bytes('mem_aof_buffer') ?? 0
    sums.data += data
    sums.clients += clients
    sums.replication += replication
    sums['disk buffer'] += disk
    // Tables of keys, functions, and what it takes to run at all.
    sums.server += Math.max(0, used - data - clients - replication - disk)
  }
  return sums
}
