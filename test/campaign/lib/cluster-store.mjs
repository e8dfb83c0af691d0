// The product's own local cluster (`tidemark store create`), as a campaign wants to break it: by the pids that its supervisor wrote down.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { findStoreServer } from '../../../bootstrap/engine.mjs'
import { readPositions } from './positions.mjs'
import { finish, freePort, root, sleep, tidemark } from './processes.mjs'

const NODE_TIMEOUT_MS = 2000

export const makeClusterStore =
  ({ shards = 3, replicas = 1, replaceAfter = '1m' } = {}) =>
  async (dir) => {
    process.env.TIDEMARK_STORE_BIN ??= await findStoreServer({ root, say: () => {} })
    const data = join(dir, 'store-cluster')
    const passwordFile = join(data, 'password')
    const flags = ['--store-password-file', passwordFile]
    const firstPort = await freePort()
    const topology = () => JSON.parse(readFileSync(join(data, 'topology.json'), 'utf8'))
    const pidOf = (name) => JSON.parse(readFileSync(join(data, name, 'server.pid.json'), 'utf8')).pid
    let supervisor = null
    let client = null
    let url = ''
    const password = () => readFileSync(passwordFile, 'utf8').trim()

    async function begin() {
      supervisor = tidemark(
        'store',
        'create',
        '--data',
        data,
        '--port',
        firstPort,
        ...(url === ''
          ? ['--shards', shards, '--replicas', replicas, '--zones', 'a,b,c', '--max-memory-mb', 256]
          : []),
        '--node-timeout-ms',
        NODE_TIMEOUT_MS,
        '--replace-after',
        replaceAfter,
      )
      await supervisor.says('store ready', 60_000)
      url = /redis\+cluster:\S+(?=,)/.exec(supervisor.out.text)[0]
      client?.disconnect()
      client = new Cluster(
        topology().nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
        {
          redisOptions: { password: password(), commandTimeout: 2000, maxRetriesPerRequest: 0, protocol: 2 },
          slotsRefreshInterval: 500,
          retryDelayOnClusterDown: 0,
          retryDelayOnFailover: 0,
          clusterRetryStrategy: () => 200,
        },
      )
      client.on('error', () => {}) // it is asked again
    }

    async function ask(port, ...command) {
      const one = new Redis({
        host: '127.0.0.1',
        port,
        password: password(),
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
    const until = async (what, holds, limitMs = 60_000) => {
      for (const end = Date.now() + limitMs; !(await holds().catch(() => false)); await sleep(50))
        if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs} ms`)
    }
    const isPrimary = async ({ port }) => /role:master/.test(String(await ask(port, 'INFO', 'replication')))
    const primaries = async () => {
      const found = []
      for (const node of topology().nodes)
        if (await isPrimary(node).catch(() => false))
          if (Number(/keys=(\d+)/.exec(String(await ask(node.port, 'INFO', 'keyspace')))?.[1] ?? 0) > 0)
            found.push(node)
      return found
    }

    return {
      get url() {
        return url
      },
      flags,
      data,
      topology,
      begin,
      until,
      ask,
      primaries,
      isPrimary,
      signal: (node, name) => process.kill(pidOf(node.name), name),
      /** Every node serves, replicas are in sync, and the nodes agree that all slots are served. */
      whole: () =>
        until('a whole cluster', async () => {
          for (const { port } of topology().nodes) {
            if (!/cluster_state:ok/.test(String(await ask(port, 'CLUSTER', 'INFO')))) return false
            const replication = String(await ask(port, 'INFO', 'replication'))
            if (/role:slave/.test(replication) && !/master_link_status:up/.test(replication)) return false
          }
          return true
        }),
      upgrade: (...args) => finish(tidemark('store', 'upgrade', '--data', data, ...args), 'store upgrade'),
      rewinds: async () =>
        Object.values(await readPositions(client)).reduce((sum, { rewinds = 0 }) => sum + Number(rewinds), 0),
      scale: (...args) => finish(tidemark('store', 'scale', '--data', data, ...args), 'store scale'),
      status: () => finish(tidemark('store', 'status', '--store', url, ...flags), 'store status'),
      positions: () => readPositions(client),
      stop: () => supervisor.kill('SIGTERM'),
      async kill() {
        client.disconnect()
        for (const node of topology().nodes)
          try {
            process.kill(pidOf(node.name), 'SIGCONT')
          } catch {
            // it is gone
          }
        await supervisor.kill('SIGTERM')
      },
    }
  }
