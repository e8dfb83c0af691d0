/** `tidemark doctor` before a real broker and a real primary with its replica. */
import { afterAll, beforeAll, expect } from 'vitest'
import { run } from '../../cli/commands/doctor.ts'
import { openAdmin } from '../../log/kafka.ts'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { needs } from '../harness/needs.ts'
import { startReplicatedStore, type ReplicatedStore } from '../harness/replicated.ts'

const { test } = needs('valkey')
let broker: TestBroker
let store: ReplicatedStore
beforeAll(async () => {
  ;[broker, store] = await Promise.all([
    startTestBroker(['--no-auto-create', '--retention-hours', '48']),
    startReplicatedStore(),
  ])
  const admin = await openAdmin({ brokers: [broker.address], clientId: 'test' })
  await admin.createTopic('orders', 1)
  await admin.close()
})
afterAll(async () => {
  await Promise.all([broker?.stop(), store?.stop()])
})

interface Said {
  readonly node: string
  readonly check: string
  readonly verdict: string
  readonly says: string
}

async function doctor(): Promise<{ code: number; findings: Said[] }> {
  const { write } = process.stdout
  const said: string[] = []
  process.stdout.write = ((text: string) => said.push(text) > 0) as typeof write
  try {
    const code = await run([
      '--json',
      '--store',
      store.url,
      '--kafka',
      broker.address,
      '--definition',
      'examples/orders.yaml',
    ])
    return { code, findings: (JSON.parse(said.join('')) as { findings: Said[] }).findings }
  } finally {
    process.stdout.write = write
  }
}

test('retention beside keep, timestamps and lag of the topic; the file of the replica', async () => {
  const before = await doctor()
  expect(before.code).toBe(0)
  const of = (findings: Said[], node: string, check: string) =>
    findings.filter((one) => one.node === node && one.check === check)
  expect(of(before.findings, 'orders', 'retention')).toMatchObject([
    { verdict: 'warning', says: expect.stringMatching(/reaches back 2 days.*1h for 90 days, 1d for ever/) },
  ])
  expect(of(before.findings, 'orders', 'timestamps')).toMatchObject([{ verdict: 'ok' }])
  expect(of(before.findings, 'orders', 'lag')).toMatchObject([{ verdict: 'ok' }])
  const replica = `127.0.0.1:${store.ports[1]}`
  expect(of(before.findings, replica, 'disk')).toMatchObject([{ verdict: 'ok' }])
  await store.ask(1, 'CONFIG', 'SET', 'appendonly', 'no')
  expect(of((await doctor()).findings, replica, 'disk')).toMatchObject([{ verdict: 'warning' }])
})
