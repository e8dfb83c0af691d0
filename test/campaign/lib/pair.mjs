// A primary and a replica of Valkey whose link runs through a relay of ours, so that it can be cut with bytes on the wire; roles change as the campaign says.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort, root, sleep, start } from './processes.mjs'

/** The server that says what is on its disk; .ci/fetch-valkey puts it there. */
export function valkeyServer() {
  const binary = process.env.TIDEMARK_VALKEY_BIN ?? join(root, '.cache/valkey/bin/valkey-server')
  if (!existsSync(binary)) throw new Error('there is no Valkey in .cache/valkey: run bash .ci/fetch-valkey')
  return binary
}

/** Forwards to one port. `cut` holds every byte back from now on; `drop` ends what goes through, so that nothing held back ever arrives. */
async function openRelay() {
  let [target, isCut] = [0, false]
  const links = new Set()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    const link = [near, far]
    links.add(link)
    for (const [from, to] of [link, [far, near]]) {
      from.setNoDelay(true) // a word of a few bytes must not wait for the one before
      from.on('data', (bytes) => void to.write(bytes))
      from.on('error', () => undefined)
      from.on('close', () => {
        to.destroy()
        links.delete(link)
      })
    }
    if (isCut) for (const socket of link) socket.pause()
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: server.address().port,
    aim: (port) => (target = port),
    cut() {
      isCut = true
      for (const link of links) for (const socket of link) socket.pause()
    },
    drop() {
      isCut = false
      for (const link of links) for (const socket of link) socket.destroy()
    },
    close: () => server.close(),
  }
}

/** For a server to begin to serve, and for a replica to come into sync, on a machine that others keep busy. */
const PATIENCE_MS = 180_000
const NEXT_TRY_MS = 200

export async function makePair(dir, { appendfsync = 'always' } = {}) {
  const binary = valkeyServer()
  const relay = await openRelay()
  const nodes = []
  for (const name of ['a', 'b'])
    nodes.push({ name, home: join(dir, name), port: await freePort(), child: null, client: null })
  let primary = 0
  const begin = async (n, isReplica) => {
    const node = nodes[n]
    mkdirSync(node.home, { recursive: true })
    const flags = [
      '--port',
      node.port,
      '--bind',
      '127.0.0.1',
      '--dir',
      node.home,
      '--save',
      '',
      '--appendonly',
      'yes',
    ]
    flags.push('--appendfsync', appendfsync, '--repl-diskless-sync-delay', 0, '--repl-timeout', 60)
    if (isReplica) flags.push('--replicaof', '127.0.0.1', relay.port)
    node.child = start(binary, flags.map(String))
    node.client?.disconnect()
    node.client = new Redis(node.port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 20 })
    node.client.on('error', () => undefined)
    // A server that ends at once (its port is somebody else's by now) never answers.
    const answer = await Promise.race([
      node.client.ping(),
      node.child.ended.then((code) => `ended with ${code}: ${node.child.out.text.slice(-500)}`),
      sleep(PATIENCE_MS).then(() => `did not serve within ${PATIENCE_MS} ms`),
    ])
    if (answer === 'PONG') return
    await node.child.kill('SIGKILL')
    throw new Error(`server ${node.name} on port ${node.port} ${answer}`)
  }
  /** A server that could not begin is begun again, a few times. */
  const beginSurely = async (n, isReplica, again) => {
    for (let left = 4; ; left--)
      try {
        return await begin(n, isReplica)
      } catch (error) {
        if (left === 0) throw error
        await sleep(NEXT_TRY_MS)
        await again()
      }
  }
  const pair = {
    relay,
    get primary() {
      return nodes[primary]
    },
    get replica() {
      return nodes[1 - primary]
    },
    /** Until the replica has what the primary has. */
    async synced(limitMs = PATIENCE_MS) {
      for (const until = Date.now() + limitMs; ; await sleep(20)) {
        const [, offset, replicas] = await nodes[primary].client.call('ROLE')
        if (replicas.length === 1 && Number(replicas[0][2]) > 0 && Number(replicas[0][2]) >= offset - 1000)
          return
        if (Date.now() > until) throw new Error('the replica does not come into sync')
      }
    },
    async killPrimary() {
      await nodes[primary].child.kill('SIGKILL')
    },
    /** The replica takes over, with what it has. */
    async promote() {
      relay.drop()
      primary = 1 - primary
      await nodes[primary].client.call('REPLICAOF', 'NO', 'ONE')
    },
    /** The one that is no primary begins anew as a replica, with nothing. */
    async rejoin() {
      const other = 1 - primary
      if (nodes[other].child?.running) await nodes[other].child.kill('SIGKILL')
      rmSync(nodes[other].home, { recursive: true, force: true })
      relay.aim(nodes[primary].port)
      await beginSurely(other, true, async () => {
        nodes[other].port = await freePort()
      })
    },
    /** A primary that was killed comes back as it was. */
    restartPrimary: () => beginSurely(primary, false, async () => undefined),
    async stop() {
      for (const { child, client } of nodes) {
        client?.disconnect()
        await child?.kill('SIGKILL')
      }
      relay.drop()
      relay.close()
    },
  }
  await begin(0, false)
  await pair.rejoin()
  await pair.synced()
  return pair
}
