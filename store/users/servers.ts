/** Every server of a store, replicas too: users are put into each by itself. */
import { parseStoreAddress } from '../address.ts'
import { Cluster, connect, type Redis, type StoreAccess } from '../client.ts'
import type { StoreError } from '../errors.ts'
import type { AclServer } from './acl.ts'

export interface Servers {
  readonly all: readonly AclServer[]
  close(): void
}

const DEADLINE_MS = 5000

/** Throws StoreError where one of them cannot be reached. */
export async function openServers({ url, access }: { url: string; access?: StoreAccess }): Promise<Servers> {
  const address = parseStoreAddress(url)
  const opened: (Redis | Cluster)[] = []
  const close = (): void => {
    for (const client of opened) client.disconnect()
  }
  const open = (place: string): Promise<Redis | Cluster> =>
    new Promise((resolve, reject) => {
      const client = connect({
        url: place,
        ...(access && { access }),
        deadlineMs: DEADLINE_MS,
        trouble: (error: StoreError) => reject(error),
        connected: () => resolve(client),
      })
      opened.push(client)
    })
  try {
    const first = await open(url)
    if (first instanceof Cluster) {
      const nodes = first.nodes('all')
      return { all: nodes.map((node) => server(`${node.options.host}:${node.options.port}`, node)), close }
    }
    const role = (await first.call('ROLE')) as [string, number, [string, string, string][]]
    const scheme = address.isTls ? 'rediss' : 'redis'
    const replicas = role[0] === 'master' ? role[2] : []
    const all = [server(`${first.stream.remoteAddress}:${first.stream.remotePort}`, first)]
    for (const [host, port] of replicas) {
      const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
      all.push(server(place, (await open(`${scheme}://${place}`)) as Redis))
    }
    return { all, close }
  } catch (error) {
    close()
    throw error
  }
}

const server = (name: string, client: Redis): AclServer => ({
  name,
  call: (command, ...args) => client.call(command, ...args),
})
