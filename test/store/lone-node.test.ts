/** A cluster of one node, which never met another: it does not know its own address. With a password, as in the smallest managed cluster. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../store/connection/connection.ts'
import { freePort } from '../harness/ports.ts'
import { storeBinaries } from '../harness/store.ts'

let dir: string
let child: ChildProcess
let port: number

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-lone-'))
  port = await freePort()
  const flags = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--cluster-enabled',
    'yes',
    '--cluster-port',
    await freePort(),
    '--requirepass',
    'lone-pw',
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
  ]
  child = spawn(storeBinaries().server, flags.map(String), { stdio: 'ignore' })
  const client = new Redis(port, '127.0.0.1', { password: 'lone-pw', protocol: 2 })
  client.on('error', () => undefined) // it is asked until it is up
  await client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
  while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(50)
  client.disconnect()
})
afterAll(async () => {
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
  rmSync(dir, { recursive: true, force: true })
})

test('is reached at the address that was given', async () => {
  const store = await openStore({ url: `redis+cluster://:lone-pw@127.0.0.1:${port}` })
  try {
    await store.check()
    expect(
      await store.pipeline([
        ['SET', 'tm:{lone}:x', '1'],
        ['GET', 'tm:{lone}:x'],
      ]),
    ).toEqual([Buffer.from('OK'), Buffer.from('1')])
  } finally {
    await store.close()
  }
})
