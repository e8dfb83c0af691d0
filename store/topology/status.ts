/**
 * The nodes of a store as its primaries tell of them. Asks for INFO alone, and for settings where they may be asked for: a managed store refuses CONFIG, and its
 * replicas may not be reachable from here.
 */
import type { Store } from '../connection/connection.ts'
import { durabilityOf, type Durability } from '../durability.ts'
import { StoreError } from '../errors.ts'
import { readInfo } from '../node-info.ts'

export interface ReplicaStatus {
  /** `host:port`, as the primary knows it. */
  readonly node: string
  readonly isOnline: boolean
  /** Bytes of the replication stream that it has not yet confirmed. */
  readonly behindBytes: number
}

export interface PrimaryStatus {
  readonly node: string
  readonly version: string
  readonly usedBytes: number
  /** 0 = without limit. */
  readonly maxBytes: number
  readonly keys: number
  /** Null = not known: it may not be asked for. */
  readonly durability: Durability | null
  readonly replicas: readonly ReplicaStatus[]
  /** What is wrong with its disk, in the engine's words; null = nothing. */
  readonly diskFault: string | null
}

export async function readStatus(store: Store): Promise<readonly PrimaryStatus[]> {
  const [infos, settings] = [await store.info(), await store.everywhere(['CONFIG', 'GET', 'appendfsync'])]
  return infos.map(({ node, text }) => {
    const told = settings.find((one) => one.node === node)?.reply
    return primaryStatus(node, text, settingOf(told))
  })
}

/** Value of CONFIG GET for one setting; null where it may not be asked for. */
function settingOf(reply: unknown): string | null {
  if (reply instanceof StoreError || !Array.isArray(reply) || reply[1] === undefined) return null
  return String(reply[1])
}

/** `appendfsync` null = not told. */
export function primaryStatus(node: string, infoText: string, appendfsync: string | null): PrimaryStatus {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(infoText)?.[1] ?? ''
  const { version, usedBytes, maxBytes } = readInfo(node, infoText)
  const offset = Number(field('master_repl_offset'))
  const keys = [...infoText.matchAll(/^db\d+:keys=(\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )
  return {
    node,
    version,
    usedBytes,
    maxBytes,
    keys,
    // Without the setting, "no append-only file" may as well be a managed store with a log of its own.
    durability: appendfsync === null ? null : durabilityOf(field('aof_enabled') === '1', appendfsync),
    replicas: [...infoText.matchAll(/^slave\d+:(.*?)\r?$/gm)].map(([, text]) => replicaStatus(text!, offset)),
    diskFault:
      field('aof_enabled') === '1' && field('aof_last_write_status') !== 'ok'
        ? `aof_last_write_status is ${field('aof_last_write_status')}`
        : null,
  }
}

/** `ip=127.0.0.1,port=7002,state=online,offset=42,lag=0,...` */
function replicaStatus(text: string, primaryOffset: number): ReplicaStatus {
  const parts = new Map(text.split(',').map((part) => part.split('=') as [string, string]))
  const host = parts.get('ip') ?? ''
  return {
    node: `${host.includes(':') ? `[${host}]` : host}:${parts.get('port') ?? ''}`,
    isOnline: parts.get('state') === 'online',
    behindBytes: Math.max(0, primaryOffset - Number(parts.get('offset') ?? 0)),
  }
}
