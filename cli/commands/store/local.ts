/** The nodes of a local store, by the files in its data folder. */
import { existsSync, readFileSync } from 'node:fs'
import { passwordFileOf } from '../../../embedded/store-server.ts'
import { readTopology, type LocalNode } from '../../../embedded/topology-file.ts'
import type { StoreAccess } from '../../../store/connection/client.ts'
import { linkTo, type NodeLink } from '../../../store/topology/node-link.ts'

export const localPassword = (dataDir: string): string => readFileSync(passwordFileOf(dataDir), 'utf8').trim()

/** How to get into the store that lies there: with its password, where it has one, and by its authority, where it speaks TLS. */
export function localAccess(dataDir: string): StoreAccess {
  const tls = readTopology(dataDir)?.tls
  return {
    ...(existsSync(passwordFileOf(dataDir)) && { password: () => localPassword(dataDir) }),
    ...(tls && { ca: readFileSync(tls.ca, 'utf8') }),
  }
}

/** One connection a node, in their order. Whoever opens them closes them. */
export const openLinks = (nodes: readonly Pick<LocalNode, 'port'>[], dataDir: string): NodeLink[] => {
  const access = localAccess(dataDir)
  const isTls = readTopology(dataDir)?.tls !== undefined
  return nodes.map(({ port }) => linkTo({ host: '127.0.0.1', port }, access, isTls))
}
