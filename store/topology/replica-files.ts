/** Whether replicas write to disk too: one that does not loses everything with its process, and so does the store where it was promoted. */
import type { StoreAccess } from '../connection/client.ts'
import type { Store } from '../connection/connection.ts'
import type { Finding } from '../doctor.ts'
import { readInfo } from '../node-info.ts'
import { linkTo } from './node-link.ts'

const DEADLINE_MS = 5000

/** Asks each replica that a primary names. One that cannot be reached from here is unknown. */
export async function examineReplicas(
  store: Pick<Store, 'info'>,
  access: StoreAccess,
  isTls: boolean,
): Promise<readonly Finding[]> {
  const places = (await store.info()).flatMap(({ text }) =>
    [...text.matchAll(/^slave\d+:ip=([^,]+),port=(\d+)/gm)].map(([, host, port]) => ({
      host: host!,
      port: Number(port),
    })),
  )
  return Promise.all(
    places.map(async (place): Promise<Finding> => {
      const node = `${place.host}:${place.port}`
      const link = linkTo(place, access, isTls, DEADLINE_MS)
      try {
        return replicaFinding(node, String(await link.ask('INFO')))
      } catch {
        const says = 'a replica that cannot be asked from here whether it writes to disk'
        return {
          node,
          check: 'disk',
          verdict: 'unknown',
          says,
          todo: 'run tidemark doctor where it can be reached',
        }
      } finally {
        link.close()
      }
    }),
  )
}

/** Pure. `info` is its answer to INFO. */
export function replicaFinding(node: string, info: string): Finding {
  const enabled = /^aof_enabled:(\d)/m.exec(info)?.[1]
  const common = { node, check: 'disk' } as const
  if (enabled === undefined)
    return {
      ...common,
      verdict: 'unknown',
      says: 'a replica that does not tell whether it writes to disk',
      todo: null,
    }
  if (enabled !== '1')
    return {
      ...common,
      verdict: 'warning',
      says: 'a replica with appendonly off: promoted, it loses everything at its next restart',
      todo: 'set appendonly yes on it, unless the store is a cache',
    }
  if (!readInfo(node, info).aofOk)
    return {
      ...common,
      verdict: 'fault',
      says: 'a replica whose last write to disk failed',
      todo: 'make room on its disk',
    }
  return { ...common, verdict: 'ok', says: 'a replica that writes to disk', todo: null }
}
