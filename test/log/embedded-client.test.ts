/** The client against the embedded broker. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { type Broker, startBroker } from '../../embedded/broker/broker.ts'
import { clientTests } from './client-tests.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'tidemark-client-'))
let broker: Broker

describe('the embedded broker', () => {
  beforeAll(async () => {
    broker = await startBroker({ host: '127.0.0.1', port: 0, dataDir, log: () => undefined })
  })
  afterAll(async () => {
    await broker?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  clientTests(() => ({ brokers: [`127.0.0.1:${broker.port}`], clientId: 'tidemark-test' }))
})
