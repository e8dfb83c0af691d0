/** Why a server cannot be reached, asked of the network itself: the client library of a cluster only says that a connection was closed. */
import { connect as connectPlain } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { StoreNode } from './address.ts'

/** The error of one attempt to connect; null where it went well. `tls` null = without. */
export function whyUnreachable(
  { host, port }: StoreNode,
  tls: ConnectionOptions | null,
  patienceMs: number,
): Promise<Error | null> {
  return new Promise((resolve) => {
    const socket = tls === null ? connectPlain({ host, port }) : connectTls({ host, port, ...tls })
    const done = (error: Error | null): void => {
      socket.destroy()
      resolve(error)
    }
    socket.setTimeout(patienceMs, () => done(new Error('connect ETIMEDOUT')))
    socket.once('error', done)
    socket.once(tls === null ? 'connect' : 'secureConnect', () => done(null))
  })
}
