/** What a master of the store says of itself: its memory, its copies, its file. */

export interface NodeInfo {
  /** `host:port` */
  readonly node: string
  readonly usedBytes: number
  /** At which it refuses writes; 0 = without limit. */
  readonly maxBytes: number
  readonly replicas: number
  readonly aofOk: boolean
}

/** `text` is the answer to INFO. */
export function readInfo(node: string, text: string): NodeInfo {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? ''
  return {
    node,
    usedBytes: Number(field('used_memory')),
    maxBytes: Number(field('maxmemory')),
    replicas: Number(field('connected_slaves')),
    aofOk: field('aof_enabled') === '1' && field('aof_last_write_status') === 'ok',
  }
}
