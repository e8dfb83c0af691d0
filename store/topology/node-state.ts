/** What one server says of its own life. */
import { readInfo } from '../node-info.ts'
import type { EngineVersion } from '../engine-version.ts'
import type { NodeLink } from './node-link.ts'

export interface NodeState {
  readonly runId: string
  readonly engine: EngineVersion
  /** The program, as it was started; '' where it is not told. */
  readonly executable: string
  readonly isPrimary: boolean
  /** It has its data; of a replica: it follows its primary, and has all that this one had. */
  readonly isInSync: boolean
  /** Of replication. */
  readonly offset: number
  readonly usedBytes: number
  readonly maxBytes: number
}

/** Throws StoreError where it does not answer. */
export async function readNodeState(link: NodeLink): Promise<NodeState> {
  return nodeState(`${link.place.host}:${link.place.port}`, String(await link.ask('INFO')))
}

/** Pure. `text` is the answer to INFO. */
export function nodeState(node: string, text: string): NodeState {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? ''
  const { runId, family, version, usedBytes, maxBytes } = readInfo(node, text)
  const isPrimary = field('role') === 'master'
  return {
    runId,
    engine: { family, version },
    executable: field('executable'),
    isPrimary,
    isInSync: field('loading') === '0' && (isPrimary || field('master_link_status') === 'up'),
    offset: Number(field(isPrimary ? 'master_repl_offset' : 'slave_repl_offset')) || 0,
    usedBytes,
    maxBytes,
  }
}
