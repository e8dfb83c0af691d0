// The bus of a cluster through relays of ours, so that a node can be cut off from the others and they from it, while clients reach them all.
// Every node announces the port of its relay. Who calls stands in the first message: signature, lengths, epochs and offset are 40 bytes, then the name of the sender.
import { connect, createServer } from 'node:net'

const NAME_AT = 40
const NAME_BYTES = 40

/** `nodes`: `{ port, busPort }`; `ask(port, ...command)`. */
export async function relayBus(nodes, ask) {
  const cut = new Set()
  const links = new Set()
  const names = new Map()
  const servers = []
  const isCut = (link) => cut.has(link.to) || (link.from !== null && cut.has(link.from))
  for (const { port, busPort } of nodes) {
    names.set(port, String(await ask(port, 'CLUSTER', 'MYID')))
    const server = createServer((near) => {
      const far = connect(busPort, '127.0.0.1')
      const link = { to: names.get(port), from: null, near, far }
      links.add(link)
      let head = Buffer.alloc(0)
      const end = () => {
        near.destroy()
        far.destroy()
        links.delete(link)
      }
      near.on('data', (bytes) => {
        if (link.from === null) {
          head = Buffer.concat([head, bytes])
          if (head.length >= NAME_AT + NAME_BYTES)
            link.from = head
              .subarray(NAME_AT, NAME_AT + NAME_BYTES)
              .toString('latin1')
              .replaceAll('\0', '')
        }
        if (isCut(link)) end()
        else far.write(bytes)
      })
      far.on('data', (bytes) => (isCut(link) ? end() : near.write(bytes)))
      for (const socket of [near, far]) socket.on('error', end).on('close', end)
    })
    await new Promise((done) => server.listen(0, '127.0.0.1', done))
    servers.push(server)
    await ask(port, 'CONFIG', 'SET', 'cluster-announce-bus-port', server.address().port)
  }
  return {
    /** Nothing passes between this node and the others from now on. */
    cut(port) {
      cut.add(names.get(port))
      for (const link of links)
        if (isCut(link)) {
          link.near.destroy()
          link.far.destroy()
        }
    },
    heal: () => cut.clear(),
    async close() {
      for (const { port } of nodes)
        await ask(port, 'CONFIG', 'SET', 'cluster-announce-bus-port', 0).catch(() => {})
      for (const server of servers) server.close()
      for (const { near, far } of links) for (const socket of [near, far]) socket.destroy()
    },
  }
}
