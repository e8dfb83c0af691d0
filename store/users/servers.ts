/** Every server of a store, replicas too: users are put into each by itself. */
import { parseStoreAddress } from '../connection/address.ts'
import { Cluster, connect, type Redis, type StoreAccess } from '../connection/client.ts'
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
      const scheme = address.isTls ? 'rediss' : 'redis'
      const known = first
        .nodes('all')
        .map((node) => ({ place: `${node.options.host}:${node.options.port}`, node }))
      const all = known.map(({ place, node }) => server(place, node))
      // A replica that has only just come is no place to read from yet, and so not among the nodes of the client.
      for (const place of placesOf(await known[0]!.node.call('CLUSTER', 'SHARDS'), address.isTls))
        if (
          !known.some(
            (one) => one.place === place || `[${one.node.options.host}]:${one.node.options.port}` === place,
          )
        )
          all.push(server(place, (await open(`${scheme}://${place}`)) as Redis))
      return { all, close }
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

/** Of a reply to CLUSTER SHARDS: every node that is not lost. */
function placesOf(reply: unknown, isTls: boolean): string[] {
  const pairs = (flat: unknown): Map<string, unknown> =>
    new Map(
      (flat as unknown[]).flatMap((name, at, all) => (at % 2 === 0 ? [[String(name), all[at + 1]]] : [])),
    )
  return (reply as unknown[]).flatMap((shard) =>
    (pairs(shard).get('nodes') as unknown[]).flatMap((flat) => {
      const node = pairs(flat)
      const host = String(node.get('endpoint') ?? node.get('ip') ?? '')
      const port = node.get(isTls ? 'tls-port' : 'port')
      if (node.get('health') === 'fail' || host === '' || port === undefined) return []
      return [`${host.includes(':') ? `[${host}]` : host}:${String(port)}`]
    }),
  )
}

const server = (name: string, client: Redis): AclServer => ({
  name,
  call: (command, ...args) => client.call(command, ...args),
})
