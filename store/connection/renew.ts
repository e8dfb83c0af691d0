/** A connection that lives long logs in again: a managed store ends it otherwise (MemoryDB: after 12 hours), and a retired password is missed early. */

/** What is used of a connection, or of those of a cluster. */
interface Link {
  readonly status: string
  call(command: string, ...args: string[]): Promise<unknown>
  disconnect(reconnect: boolean): void
}
interface Links {
  once(event: 'end', heard: () => void): unknown
}

/** `login` answers user and password as they are now. A connection that cannot log in again (one that listens, one whose password is wrong) begins anew. */
export function keepLoggedIn(
  client: Links & (Link | { nodes(role: 'all'): readonly Link[] }),
  everyMs: number,
  login: () => { username?: string | undefined; password?: string | undefined },
): void {
  const nodes = (): readonly Link[] => ('nodes' in client ? client.nodes('all') : [client])
  const timer = setInterval(() => {
    for (const node of nodes()) {
      const { username = 'default', password } = login()
      if (node.status !== 'ready' || password === undefined) continue
      node.call('AUTH', username, password).catch(() => node.disconnect(true))
    }
  }, everyMs)
  timer.unref()
  client.once('end', () => clearInterval(timer))
}
