/** The nodes of a local store, by the files in its data folder. */
import { readFileSync } from 'node:fs'
import { passwordFileOf } from '../../embedded/store-server.ts'
import type { LocalNode } from '../../embedded/topology-file.ts'
import type { StoreAccess } from '../../store/client.ts'
import { linkTo, type NodeLink } from '../../store/topology/node-link.ts'

export const passwordAccess = (dataDir: string): StoreAccess => ({
  password: () => readFileSync(passwordFileOf(dataDir), 'utf8').trim(),
})

/** One connection a node, in their order. Whoever opens them closes them. */
export const openLinks = (nodes: readonly LocalNode[], access: StoreAccess): NodeLink[] =>
  nodes.map(({ port }) => linkTo({ host: '127.0.0.1', port }, access))
