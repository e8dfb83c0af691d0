/** A broker for tests that speak to it byte for byte. Importing it starts the broker for that test file. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { startBroker, type Broker } from '../../embedded/broker/broker.ts'
import { unique } from './kafka.ts'
import type { Wire } from './wire.ts'

export let broker: Broker
export let dataDir: string
export const said: string[] = []
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidemark-wire-'))
  broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    stallMs: 300,
    idleMs: 2000,
    log: (line) => said.push(line),
  })
})
afterAll(async () => {
  await broker.close()
  await rm(dataDir, { recursive: true, force: true })
})

export async function topicOf(wire: Wire, partitions = 1): Promise<string> {
  const name = unique('wire')
  await wire.ask(19, 2, (w) =>
    w
      .array([name], (x, n) => x.string(n).int32(partitions).int16(1).int32(0).int32(0))
      .int32(1000)
      .boolean(false),
  )
  return name
}
