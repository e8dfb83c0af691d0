// A primary, a replica and three sentinels, as a campaign wants to break them. The same binary is server and sentinel.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findStoreServer } from '../../../bootstrap/engine.mjs'
import { freePort, root, sleep, start } from './processes.mjs'
import { readPositions } from './positions.mjs'

const DOWN_AFTER_MS = 1000
const SENTINELS = 3
const NAME = 'tidemark'

export async function makeSentinelStore(dir) {
  const binary = process.env.TIDEMARK_STORE_BIN ?? (await findStoreServer({ root, say: () => {} }))
  const ports = []
  for (let n = 0; n < 2 + SENTINELS; n++) ports.push(await freePort())
  const sentinels = ports.slice(2)
  const url = `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`
  const servers = []
  /** By their number, as the servers. */
  const watchers = []
  const startSentinel = (at) => {
    watchers[at] = start(binary, [join(dir, `sentinel-${sentinels[at]}.conf`), '--sentinel'])
  }
  let program = binary
  const client = new Redis({
    sentinels: sentinels.map((port) => ({ host: '127.0.0.1', port })),
    name: NAME,
    lazyConnect: true,
    failoverDetector: true,
    maxRetriesPerRequest: 0,
    commandTimeout: 2000,
    protocol: 2,
  })
  client.on('error', () => {}) // it is asked again
  let isOver = false
  // The library ends a connection for good where it hears of a failover while it asks a sentinel for the primary.
  client.on('end', () => isOver || setTimeout(() => isOver || client.connect().catch(() => {}), 100))

  function startServer(at) {
    const data = join(dir, `store-${at}`)
    mkdirSync(data, { recursive: true })
    const flags = `--port ${ports[at]} --bind 127.0.0.1 --dir ${data} --appendonly yes --appendfsync everysec --repl-diskless-sync-delay 0 --maxmemory-policy noeviction`
    servers[at] = start(program, [...flags.split(' '), '--save', ''])
  }

  async function ask(port, ...command) {
    const one = new Redis({
      host: '127.0.0.1',
      port,
      lazyConnect: true,
      retryStrategy: () => null,
      protocol: 2,
      commandTimeout: 1000,
    })
    one.on('error', () => {})
    try {
      await one.connect()
      return await one.call(...command)
    } finally {
      one.disconnect()
    }
  }
  const until = async (what, holds, limitMs = 30_000) => {
    for (const end = Date.now() + limitMs; !(await holds().catch(() => false)); await sleep(50))
      if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs} ms`)
  }
  const primary = async () => {
    for (const port of sentinels) {
      const found = await ask(port, 'SENTINEL', 'get-master-addr-by-name', NAME).catch(() => null)
      if (found) return ports.indexOf(Number(found[1]))
    }
    return -1
  }
  const replicaIsUp = (at) => async () =>
    /master_link_status:up/.test(String(await ask(ports[at], 'INFO', 'replication')))

  return {
    url,
    primary,
    until,
    async begin() {
      for (const at of [0, 1]) startServer(at)
      for (const at of [0, 1]) await until('a server', async () => (await ask(ports[at], 'PING')) === 'PONG')
      await ask(ports[1], 'REPLICAOF', '127.0.0.1', ports[0])
      await until('the replica', replicaIsUp(1))
      for (const port of sentinels) {
        const file = join(dir, `sentinel-${port}.conf`)
        writeFileSync(
          file,
          `port ${port}\nbind 127.0.0.1\ndir ${dir}\nsentinel monitor ${NAME} 127.0.0.1 ${ports[0]} 2\nsentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}\nsentinel failover-timeout ${NAME} 4000\n`,
        )
        startSentinel(sentinels.indexOf(port))
      }
      await until('three sentinels that know each other and the replica', async () =>
        /slaves=1,sentinels=3/.test(String(await ask(sentinels[0], 'INFO', 'sentinel'))),
      )
      await client.connect()
    },
    /** A replica that hears nothing more of its primary: it asks where nobody is. */
    cutOff: (at) => ask(ports[at], 'REPLICAOF', '127.0.0.1', 1),
    killServer: (at) => servers[at].kill('SIGKILL'),
    pauseServer: (at) => servers[at].signal('SIGSTOP'),
    resumeServer: (at) => servers[at].signal('SIGCONT'),
    startServer,
    startSentinel,
    killSentinel: (at) => watchers[at].kill('SIGKILL'),
    ports: ports.slice(0, 2),
    /** What servers run that are started from now on. */
    useProgram: (file) => (program = file),
    /** Both servers are up, and one follows the other. */
    whole: () =>
      until(
        'a whole pair',
        async () => {
          const at = await primary()
          return (await ask(ports[at], 'PING')) === 'PONG' && replicaIsUp(1 - at)()
        },
        60_000,
      ),
    positions: () => readPositions(client),
    /** What each part says of itself and printed last, for whoever looks for the reason of a failure. */
    async report() {
      const parts = await Promise.all(
        ports.map(async (port, at) => {
          const said =
            at < 2
              ? await ask(port, 'INFO', 'replication').catch(String)
              : await ask(port, 'INFO', 'sentinel').catch(String)
          return `${at < 2 ? 'server' : 'sentinel'} ${port}: ${said}\n${(at < 2 ? servers[at] : watchers[at - 2])?.out.text.slice(-1500)}`
        }),
      )
      return parts.join('\n')
    },
    async kill() {
      isOver = true
      client.disconnect()
      for (const child of [...watchers, ...servers]) {
        child.signal('SIGCONT')
        await child.kill('SIGKILL')
      }
    },
  }
}
