/** A connection to one node of the store, below the client library: for what that knows nothing of. */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { StoreAddress, StoreNode } from '../connection/address.ts'
import type { StoreAccess } from '../connection/client.ts'
import { tlsNow } from '../connection/tls-texts.ts'
import { BackupError } from './fault.ts'

/** A node delays a copy by some seconds, so that others may share it, and a big one forks for a while. */
const SILENCE_MS = 60_000

export interface NodeOptions {
  readonly address: StoreAddress
  readonly access: StoreAccess
  readonly node: StoreNode
}

/** Not logged in yet. Throws BackupError. */
export function dial({ address, access, node }: NodeOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(new BackupError('NOT_COPIED', `${node.host}:${node.port} cannot be reached: ${error.message}`))
    const done = (): void => {
      socket.off('error', failed)
      resolve(socket)
    }
    const socket: Socket = address.isTls
      ? connectTls(
          { ...node, ...(isIP(node.host) === 0 && { servername: node.host }), ...tlsNow(access) },
          done,
        )
      : connectPlain(node, done)
    socket.once('error', failed)
    socket.setTimeout(SILENCE_MS, () =>
      socket.destroy(new Error(`it said nothing for ${SILENCE_MS / 1000} s`)),
    )
  })
}

/** The AUTH that this user and password need; null = the store lets everybody in. */
export function login({ address, access }: NodeOptions): string[] | null {
  const password = access.password?.() ?? address.password
  const user = access.user ?? address.user
  if (password === undefined && user === undefined) return null
  return ['AUTH', ...(user === undefined ? [] : [user]), password ?? '']
}

export function refused({ host, port }: StoreNode, why: string): BackupError {
  return new BackupError('NOT_COPIED', `${host}:${port} ${why}`)
}
