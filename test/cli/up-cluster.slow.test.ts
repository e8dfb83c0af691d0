/** `tidemark up --store-shards 3` whose store speaks TLS, from an empty folder to a page that counts, down, and up again without its flags. */
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readTopology } from '../../embedded/topology-file.ts'
import { needs } from '../harness/needs.ts'
import { makeAuthority } from '../harness/secured-store.ts'
import { tlsStore } from '../harness/store.ts'
import { countsBeyond, left, LIMIT_MS, scratch, startOn, welcomed, type Up } from './running-up.ts'

const { test } = needs('store-tls', 'openssl')

/** What a port says to a command that is not encrypted. */
const plainly = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'))
    socket.on('data', (bytes: Buffer) => resolve(bytes.toString()))
    socket.on('close', () => resolve('closed'))
    socket.on('error', () => resolve('closed'))
  })

const post = async (up: Up): Promise<number> =>
  (
    await fetch(`${up.url}/v1/events?source=clicks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'page_view', path: '/', visitor: 'v' }),
    })
  ).status

const stop = async (up: Up, data: string): Promise<void> => {
  up.process.kill('SIGINT')
  expect(await up.ended).toBe(0)
  expect(up.said()).toContain('stopping ingest, serve, store, broker')
  expect(left(data, up.kafka)).toEqual([])
}

test('tidemark up makes a cluster that speaks TLS, counts in it, stops it, and starts it again', {
  timeout: 4 * LIMIT_MS,
}, async () => {
  const folder = join(scratch, 'authority')
  const data = join(scratch, 'sharded')
  mkdirSync(folder)
  const { ca } = makeAuthority(folder)
  const files = [
    '--store-tls-cert',
    join(folder, 'store.crt'),
    '--store-tls-key',
    join(folder, 'store.key'),
    '--store-tls-ca',
    ca,
  ]
  const binary = tlsStore()!.server
  const first = await startOn(binary, data, '--no-demo', '--store-shards', '3', ...files)
  await welcomed(first)
  expect(first.said()).toMatch(/store +rediss\+cluster:\/\/127\.0\.0\.1:/)
  expect((await fetch(first.url)).status).toBe(200)
  expect(await post(first)).toBe(202)
  await countsBeyond(first, 0)
  const { nodes, shards } = readTopology(join(data, 'store-cluster'))!
  expect([shards, nodes.length]).toEqual([3, 6])
  expect(await plainly(nodes[0]!.port)).toBe('closed')
  await stop(first, data)

  // How it was made stands in its folder.
  const again = await startOn(binary, data, '--no-demo')
  await welcomed(again)
  expect(again.said()).toMatch(/store +rediss\+cluster:\/\/127\.0\.0\.1:/)
  expect(await post(again)).toBe(202)
  expect(await countsBeyond(again, 1)).toBe(2)
  await stop(again, data)
})
