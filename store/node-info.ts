/** What a master of the store says of itself: its memory, its copies, its file, and whether it may drop keys. */

export interface NodeInfo {
  /** `host:port` */
  readonly node: string
  /** Of this run of the server; '' where it is not told. */
  readonly runId: string
  readonly version: string
  readonly family: 'valkey' | 'redis'
  readonly usedBytes: number
  /** At which it refuses writes; 0 = without limit. */
  readonly maxBytes: number
  /** `maxmemory-policy`; '' where it is not told. */
  readonly policy: string
  /** Keys dropped to make room since this run began. */
  readonly evictedKeys: number
  readonly replicas: number
  readonly aofOk: boolean
}

/** `text` is the answer to INFO. */
export function readInfo(node: string, text: string): NodeInfo {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? ''
  return {
    node,
    runId: field('run_id'),
    version: field('valkey_version') || field('redis_version') || '0.0',
    family: field('valkey_version') === '' ? 'redis' : 'valkey',
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    policy: field('maxmemory_policy'),
    evictedKeys: Number(field('evicted_keys')),
    replicas: Number(field('connected_slaves')),
    aofOk: field('aof_enabled') === '1' && field('aof_last_write_status') === 'ok',
  }
}
