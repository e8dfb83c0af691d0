/** Batches to a cluster whose nodes are known and not connected: the answers of every connection stay those to its questions. */
import { afterAll, beforeAll, expect } from 'vitest'
import { sendBatch } from '../../store/connection/batch.ts'
import { Cluster, connect, type Redis } from '../../store/connection/client.ts'
import { slotOfKey, slotOfTag } from '../../store/keys.ts'
import { startTestCluster, type TestCluster } from '../harness/cluster.ts'
import { needs } from '../harness/needs.ts'
import { freePort } from '../harness/ports.ts'

const { describe, test } = needs('store')

test('the slot of a key is that of its tag, where it has one', () => {
  expect(slotOfKey('123456789')).toBe(0x31c3)
  expect(slotOfKey('tm:{a/1~0}:g1:pos')).toBe(slotOfTag('a/1~0'))
  expect(slotOfKey(Buffer.from('{a/1~0}'))).toBe(slotOfTag('a/1~0'))
  for (const whole of ['{}x', 'x{', 'x}{']) expect(slotOfKey(whole)).toBe(slotOfTag(whole))
})

describe('a batch', () => {
  let cluster: TestCluster
  let client: Cluster
  beforeAll(async () => {
    cluster = await startTestCluster()
    client = connect({ url: cluster.url, trouble: () => {}, connected: () => {} }) as Cluster
    await new Promise((ready) => client.once('ready', ready))
  })
  afterAll(async () => {
    client?.disconnect()
    await cluster?.stop()
  })
  const tags = Array.from({ length: 30 }, (_, n) => `t${n}`)
  const commands = (tag: string) => ['a', 'b', 'c'].map((name) => ['GET', `{${tag}}:${name}`] as const)
  const values = async (tag: string): Promise<string[]> =>
    (await sendBatch(client, commands(tag))).map(([error, value]) => error?.message ?? String(value))

  test('is led to the node of its slot, whoever the client takes for its owner', async () => {
    for (const tag of tags)
      await sendBatch(
        client,
        ['a', 'b', 'c'].map((name) => ['SET', `{${tag}}:${name}`, `${tag} ${name}`]),
      )
    const slots = [...client.slots]
    for (const tag of tags) client.slots[slotOfTag(tag)] = [...slots[(slotOfTag(tag) + 6000) % 16_384]!]
    for (const tag of tags) expect(await values(tag)).toEqual([`${tag} a`, `${tag} b`, `${tag} c`])
  })

  test('to an owner that is gone, while another node is only being connected to, shifts no answer', async () => {
    const { connectionPool } = client as unknown as {
      connectionPool: { findOrCreate(node: { host: string; port: number }): Redis }
    }
    for (let round = 0; round < 20; round++) {
      // As after a takeover: who has the slot is nobody's connection yet, and a node that is down is being tried.
      const away = { host: '127.0.0.1', port: await freePort() }
      connectionPool
        .findOrCreate(away)
        .connect()
        .catch(() => {})
      const asked = tags.slice(0, 5).map((tag) => {
        client.slots[slotOfTag(tag)] = ['127.0.0.1:1']
        return sendBatch(client, commands(tag)).catch(() => [])
      })
      await Promise.all(asked)
    }
    for (const node of client.nodes('master'))
      if (cluster.ports.includes(Number(node.options.port))) {
        expect(await node.info('server')).toMatch(/run_id/)
        expect(await node.call('CLUSTER', 'MYID')).toMatch(/^[0-9a-f]{40}$/)
        expect(await node.echo('x')).toBe('x')
      }
    for (const tag of tags) await expect.poll(() => values(tag)).toEqual([`${tag} a`, `${tag} b`, `${tag} c`])
  })
})
