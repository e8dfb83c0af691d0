/** One address without sentinels, where somebody else fails the servers over: a name that moves, a balancer. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { openStore } from '../../store/connection/connection.ts'
import { startTestStore } from '../harness/store.ts'
import { until } from '../log/log-tools.ts'

test('a server that became a replica is read until its address leads to the new primary', async () => {
  const [first, second] = await Promise.all([startTestStore(), startTestStore()])
  let target = first.port
  const sockets = new Set<Socket>()
  let opened = 0
  const balancer = createServer((near) => {
    opened++
    const far = connect(target, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => near.destroy() && far.destroy())
    }
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => balancer.once('listening', resolve))
  const store = await openStore({ url: `redis://127.0.0.1:${(balancer.address() as AddressInfo).port}/` })
  const write = async (): Promise<unknown> => (await store.pipeline([['SET', 'k', 'new']]))[0]
  const read = async (): Promise<string> => String((await store.pipeline([['GET', 'k']]))[0])
  try {
    await store.pipeline([['SET', 'k', 'old']])
    await store.pipeline([['REPLICAOF', '127.0.0.1', 1]])
    const openedBefore = opened
    await expect(write()).rejects.toThrow(/READONLY|replica/)
    await until('it is asked where the address leads', () => opened > openedBefore)
    for (let asked = 0; asked < 20; asked++) expect(await read()).toBe('old')
    target = second.port
    await until('writes reach the new primary', () => write().then(Boolean, () => false), 30_000)
    expect(await read()).toBe('new')
  } finally {
    await store.close()
    balancer.close()
    for (const socket of sockets) socket.destroy()
    await Promise.all([first.stop(), second.stop()])
  }
})
