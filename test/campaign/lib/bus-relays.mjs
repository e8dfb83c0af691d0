// The bus of a cluster through relays of ours, so that a node can be cut off from the others and they from it, while clients reach them all.
// Every node announces the port of its relay. Who calls stands in the first message: signature, lengths, epochs and offset are 40 bytes, then the name of the sender.
// Relays stay until the end: nodes that heard of one know no other way to each other.
import { connect, createServer } from 'node:net'

const NAME_AT = 40
const NAME_BYTES = 40

/** `ask(port, ...command)` asks a node; `until(what, holds)` waits. */
export function makeBusRelays({ ask, until }) {
  const cut = new Set()
  const links = new Set()
  /** Port of a node -> its relay. */
  const relays = new Map()
  const isCut = ({ from, to }) => cut.has(to) || cut.has(from)
  const end = (link) => {
    link.near.destroy()
    link.far.destroy()
    links.delete(link)
  }

  async function open({ port, busPort }) {
    const to = String(await ask(port, 'CLUSTER', 'MYID'))
    const server = createServer((near) => {
      const link = { to, from: null, near, far: connect(busPort, '127.0.0.1') }
      links.add(link)
      let head = Buffer.alloc(0)
      near.on('data', (bytes) => {
        if (link.from === null) {
          head = Buffer.concat([head, bytes])
          if (head.length >= NAME_AT + NAME_BYTES)
            link.from = head.toString('latin1', NAME_AT, NAME_AT + NAME_BYTES)
        }
        if (isCut(link)) end(link)
        else link.far.write(bytes)
      })
      link.far.on('data', (bytes) => (isCut(link) ? end(link) : near.write(bytes)))
      for (const socket of [near, link.far]) socket.on('error', () => end(link)).on('close', () => end(link))
    })
    await new Promise((done) => server.listen(0, '127.0.0.1', done))
    relays.set(port, { id: to, server, port: server.address().port })
  }

  return {
    /** Every node goes through its relay, and all others know. */
    async lead(nodes) {
      for (const node of nodes) {
        if (!relays.has(node.port)) await open(node)
        await ask(node.port, 'CONFIG', 'SET', 'cluster-announce-bus-port', relays.get(node.port).port)
      }
      await until('nodes that know of the relays', async () => {
        for (const { port } of nodes) {
          const view = String(await ask(port, 'CLUSTER', 'NODES'))
          if (nodes.some((node) => !view.includes(`:${node.port}@${relays.get(node.port).port}`)))
            return false
        }
        return true
      })
    },
    /** Nothing passes between this node and the others from now on. */
    cut(port) {
      cut.add(relays.get(port).id)
      for (const link of links) if (isCut(link)) end(link)
    },
    heal: () => cut.clear(),
    close() {
      for (const { server } of relays.values()) server.close()
      for (const link of links) end(link)
    },
  }
}
