/** Law of the endpoint: a write is answered once the primary and every replica in sync have it on disk; else it is answered "unknown, not lost". */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startTestEndpoint, type TestEndpoint } from '../harness/endpoint.ts'
import { needs } from '../harness/needs.ts'
import { startReplicatedStore, type ReplicatedStore } from '../harness/replicated.ts'
import { encode, plainClient, type PlainClient } from './plain-client.ts'

const { describe, test } = needs('valkey')
const [PRIMARY, REPLICA] = [0, 1]

describe('the hold', () => {
  let store: ReplicatedStore
  let endpoint: TestEndpoint
  let impatient: TestEndpoint
  const clients: PlainClient[] = []
  const client = async (port = endpoint.port): Promise<PlainClient> => {
    const one = await plainClient(port)
    clients.push(one)
    return one
  }
  beforeAll(async () => {
    store = await startReplicatedStore()
    endpoint = await startTestEndpoint(store.url, { waitMs: 30_000 })
    impatient = await startTestEndpoint(store.url, { waitMs: 60 })
  })
  afterEach(() => {
    store.signal(REPLICA, 'SIGCONT')
    for (const one of clients.splice(0)) one.close()
  })
  afterAll(async () => {
    await endpoint?.close(0)
    await impatient?.close(0)
    await store?.stop()
  })

  test('a write is answered when the replica has it on disk, not before; reads of others pass at once', async () => {
    const [writer, reader] = [await client(), await client()]
    writer.send(['SET', 'held', '1'])
    expect(await writer.next(1)).toEqual(['+OK\r\n'])
    store.signal(REPLICA, 'SIGSTOP')
    writer.send(['SET', 'held', '2'])
    while ((await store.ask(PRIMARY, 'GET', 'held')) !== '2') await sleep(5)
    reader.send(['GET', 'held'])
    expect(await reader.next(1)).toEqual(['$1\r\n2\r\n'])
    expect(writer.pending).toBe(0)
    store.signal(REPLICA, 'SIGCONT')
    expect(await writer.next(1)).toEqual(['+OK\r\n'])
    expect(await store.ask(REPLICA, 'GET', 'held')).toBe('2')
  })

  test('fewer disks than there must be: the error says unknown, not lost; reads behind it keep their answers and their order', async () => {
    const [one, patient] = [await client(impatient.port), await client()]
    store.signal(REPLICA, 'SIGSTOP')
    one.send(['SET', 'few', '1'], ['GET', 'few'], ['INCR', 'few'], ['LPUSH', 'few', 'x'], ['GET', 'few'])
    const [set, get, incr, wrong, last] = await one.next(5)
    expect(set).toMatch(
      /^-UNKNOWN .*0 of 1 replicas: unknown, not lost\. Read before you write it again\.\r\n$/,
    )
    expect(incr).toBe(set)
    expect([get, last]).toEqual(['$1\r\n1\r\n', '$1\r\n2\r\n'])
    expect(wrong).toMatch(/^-WRONGTYPE/)
    expect(impatient.counts.unknown.few).toBe(2)
    store.signal(REPLICA, 'SIGCONT')
    patient.send(['SET', 'few', '3'])
    expect(await patient.next(1)).toEqual(['+OK\r\n'])
  })

  test.each([
    ['EVAL', ['EVAL', "return redis.call('SET', KEYS[1], '1')", '1', 'script']],
    ['an unknown script', ['EVAL', 'return 1', '0']],
    ['GETDEL', ['GETDEL', 'nothing']],
  ])('%s is held', async (_, command) => {
    const one = await client(impatient.port)
    store.signal(REPLICA, 'SIGSTOP')
    one.send(['SET', 'before', '1'])
    await one.next(1)
    one.send(command)
    expect((await one.next(1))[0]).toMatch(/^-UNKNOWN/)
  })

  test('reads, read-only scripts and what changes no key are not', async () => {
    const one = await client(impatient.port)
    store.signal(REPLICA, 'SIGSTOP')
    one.send(['SET', 'before', '1'])
    await one.next(1)
    const { counts } = impatient
    const before = { ...counts.unknown }
    one.send(
      ['EVAL_RO', "return redis.call('GET', KEYS[1])", '1', 'before'],
      ['PING'],
      ['SELECT', '1'],
      ['CLIENT', 'ID'],
    )
    one.send(['PUBLISH', 'nobody', 'x'], ['SELECT', '0'], ['MULTI'], ['GET', 'before'], ['EXEC'])
    const answers = await one.next(9)
    expect([answers[0], answers[1], answers[2], answers[8]]).toEqual([
      '$1\r\n1\r\n',
      '+PONG\r\n',
      '+OK\r\n',
      '*1\r\n$1\r\n1\r\n',
    ])
    expect(counts.unknown).toEqual(before)
  })

  test('a transaction is one write: its EXEC is held, or unknown as a whole', async () => {
    const [one, hasty] = [await client(), await client(impatient.port)]
    const transaction = [['MULTI'], ['SET', 't', '1'], ['INCR', 't'], ['EXEC']]
    one.send(...transaction)
    expect(await one.next(4)).toEqual(['+OK\r\n', '+QUEUED\r\n', '+QUEUED\r\n', '*2\r\n+OK\r\n:2\r\n'])
    store.signal(REPLICA, 'SIGSTOP')
    hasty.send(...transaction)
    const answers = await hasty.next(4)
    expect(answers.slice(0, 3)).toEqual(['+OK\r\n', '+QUEUED\r\n', '+QUEUED\r\n'])
    expect(answers[3]).toMatch(/^-UNKNOWN/)
  })

  test('a write before something that blocks is answered without waiting for it', async () => {
    const [one, other] = [await client(), await client()]
    one.send(['SET', 'a', '1'], ['BLPOP', 'queue', '0'])
    expect(await one.next(1)).toEqual(['+OK\r\n'])
    other.send(['RPUSH', 'queue', 'job'])
    expect(await other.next(1)).toEqual([':1\r\n'])
    expect(await one.next(1)).toEqual(['*2\r\n$5\r\nqueue\r\n$3\r\njob\r\n'])
  })

  test.each([
    ['a command', '*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$10\r\nnot all', ' of\r\n'],
    [
      'a value of megabytes',
      `*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$3000000\r\n${'x'.repeat(100_000)}`,
      `${'x'.repeat(2_900_000)}\r\n`,
    ],
  ])('a write is answered although its client stalls inside %s behind it', async (_, piece, rest) => {
    const one = await client()
    one.raw(`${encode(['SET', 'before', '1']).toString()}${piece}`)
    expect(await one.next(1)).toEqual(['+OK\r\n'])
    one.raw(rest)
    one.send(['STRLEN', 'half'])
    expect(await one.next(2)).toEqual(['+OK\r\n', expect.stringMatching(/^:(10|3000000)\r\n$/)])
  })

  test('a write before a MULTI that stays open is answered too', async () => {
    const one = await client()
    one.send(['SET', 'm', '1'], ['MULTI'], ['INCR', 'm'])
    expect(await one.next(3)).toEqual(['+OK\r\n', '+OK\r\n', '+QUEUED\r\n'])
    one.send(['EXEC'])
    expect(await one.next(1)).toEqual(['*1\r\n:2\r\n'])
  })

  test('a replica that dies is missed until it is back; who names no replica does without', async () => {
    const careless = await startTestEndpoint(store.url, { replicas: 0 })
    try {
      const [one, other] = [await client(impatient.port), await client(careless.port)]
      store.signal(REPLICA, 'SIGKILL')
      while (((await store.ask(PRIMARY, 'ROLE')) as unknown[][])[2]!.length > 0) await sleep(10)
      one.send(['SET', 'gone', '1'])
      expect((await one.next(1))[0]).toMatch(/0 of 1 replicas: unknown, not lost/)
      other.send(['SET', 'gone', '2'])
      expect(await other.next(1)).toEqual(['+OK\r\n'])
    } finally {
      await careless.close(0)
    }
  })
})
