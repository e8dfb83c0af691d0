/** What client libraries do, and what goes wrong between them and a server: each habit through the endpoint, by raw bytes, as the libraries of Node and Python send it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startTestEndpoint, type TestEndpoint } from '../harness/endpoint.ts'
import { needs } from '../harness/needs.ts'
import { startReplicatedStore, type ReplicatedStore } from '../harness/replicated.ts'
import { encode, plainClient, type PlainClient } from './plain-client.ts'

const { describe, test } = needs('valkey')
const [PRIMARY, REPLICA] = [0, 1]
const MB = 2 ** 20

describe('habits of clients', () => {
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
    endpoint = await startTestEndpoint(store.url, { waitMs: 60_000 })
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

  test.each([
    [
      'redis-py',
      [
        ['CLIENT', 'SETINFO', 'LIB-NAME', 'redis-py'],
        ['CLIENT', 'SETINFO', 'LIB-VER', '6.0'],
      ],
    ],
    [
      'node-redis',
      [
        ['HELLO', '3', 'SETNAME', 'n'],
        ['CLIENT', 'SETINFO', 'LIB-NAME', 'node-redis'],
        ['SELECT', '0'],
      ],
    ],
    ['ioredis', [['HELLO', '3'], ['CLIENT', 'SETNAME', 'n'], ['INFO'], ['SELECT', '0']]],
    ['go-redis', [['HELLO', '3'], ['CLIENT', 'MAINT_NOTIFICATIONS', 'ON'], ['PING']]],
  ])('%s: its greeting and a transaction in one write', async (_, greeting) => {
    const one = await client()
    one.send(
      ...greeting,
      ['MULTI'],
      ['SET', 'greeted', '1'],
      ['INCR', 'greeted'],
      ['EXEC'],
      ['GET', 'greeted'],
    )
    const answers = await one.next(greeting.length + 5)
    expect(answers.slice(-2)).toEqual(['*2\r\n+OK\r\n:2\r\n', '$1\r\n2\r\n'])
  })

  test('values of 100 MB: written, read behind a write, taken away', async () => {
    const one = await client()
    const value = Buffer.alloc(100 * MB, 'x')
    one.send(['SET', 'huge', value])
    expect(await one.next(1)).toEqual(['+OK\r\n'])
    const lengthOf = (answer: string): number => Number(/\$(\d+)\r\n/.exec(answer)![1])
    one.send(['SET', 'small', '1'], ['GET', 'huge'])
    const [set, behind] = await one.next(2)
    expect([set, lengthOf(behind!)]).toEqual(['+OK\r\n', value.length])
    one.send(['GETDEL', 'huge'], ['EXISTS', 'huge'])
    const [taken, exists] = await one.next(2)
    expect([lengthOf(taken!), exists]).toEqual([value.length, ':0\r\n'])
  }, 120_000)

  test('a command of more than a million words, and a pipeline of 10,000 written at once', async () => {
    const one = await client()
    one.raw(`*1200001\r\n$4\r\nMSET\r\n${'$1\r\nm\r\n$1\r\n1\r\n'.repeat(600_000)}`)
    expect(await one.next(1)).toEqual(['+OK\r\n'])
    one.send(...Array.from({ length: 10_000 }, (_, n) => (n % 2 === 0 ? ['INCR', 'many'] : ['GET', 'many'])))
    const answers = await one.next(10_000)
    expect(answers.at(-2)).toBe(':5000\r\n')
    expect(answers.at(-1)).toBe('$4\r\n5000\r\n')
  }, 120_000)

  test('nothing came of it: a wait that ran out and an ended transaction are told so, whatever the disks say', async () => {
    const [one, other] = [await client(impatient.port), await client()]
    store.signal(REPLICA, 'SIGSTOP')
    one.send(['SET', 'w', '1'])
    expect((await one.next(1))[0]).toMatch(/^-UNKNOWN/)
    one.send(['BLPOP', 'no-such', '0.01'], ['WATCH', 'w'])
    expect(await one.next(2)).toEqual(['*-1\r\n', '+OK\r\n'])
    await store.ask(PRIMARY, 'SET', 'w', '2')
    one.send(['MULTI'], ['SET', 'w', '3'], ['EXEC'])
    expect((await one.next(3))[2]).toBe('*-1\r\n')
    one.send(['HELLO', '3'], ['BLMOVE', 'no-such', 'b', 'LEFT', 'LEFT', '0.01'])
    expect((await one.next(2))[1]).toBe('_\r\n')
    other.send(['GET', 'w'])
    expect(await other.next(1)).toEqual(['$1\r\n2\r\n'])
  })

  test('a word too many leaves a transaction as the engine has it', async () => {
    const one = await client()
    one.send(
      ['MULTI', 'x'],
      ['SET', 'a', '1'],
      ['MULTI'],
      ['SET', 'a', '2'],
      ['EXEC', 'x'],
      ['SET', 'a', '3'],
    )
    one.send(['MULTI'], ['DISCARD', 'x'], ['SET', 'a', '5'], ['EXEC'])
    const answers = (await one.next(10)).map((text) => text.slice(0, 4))
    expect(answers.join(' ').replaceAll('\r', '')).toBe('-ERR +OK +OK +QUE -EXE +OK +OK -ERR +QUE -EXE')
    one.send(['SET', 'a', '4'], ['GET', 'a'])
    expect(await one.next(2)).toEqual(['+OK\r\n', '$1\r\n4\r\n'])
  })

  test.each([
    ['XREAD', ['XREAD', 'BLOCK', '0', 'STREAMS', 'x', '$'], ['XADD', 'x', '*', 'f', 'v']],
    ['BLMOVE', ['BLMOVE', 'from', 'to', 'LEFT', 'RIGHT', '0'], ['RPUSH', 'from', 'v']],
    ['BZPOPMIN', ['BZPOPMIN', 'z', '0'], ['ZADD', 'z', '1', 'v']],
    ['BLMPOP', ['BLMPOP', '0', '2', 'l1', 'l2', 'LEFT'], ['RPUSH', 'l2', 'v']],
  ])('%s waits, and is answered when something comes', async (_, waiting, coming) => {
    const [one, other] = [await client(), await client()]
    one.send(waiting)
    while (!String(await store.ask(PRIMARY, 'INFO', 'clients')).includes('blocked_clients:1')) await sleep(5)
    other.send(coming)
    await other.next(1)
    expect((await one.next(1))[0]).toContain('v')
    one.send(waiting)
    while (!String(await store.ask(PRIMARY, 'INFO', 'clients')).includes('blocked_clients:1')) await sleep(5)
    one.close()
    // Who goes away while he waits takes nothing with him.
    while (!String(await store.ask(PRIMARY, 'INFO', 'clients')).includes('blocked_clients:0')) await sleep(5)
  })

  test('WAIT and WAITAOF of the client, CLIENT UNBLOCK by another one', async () => {
    const [one, other] = [await client(), await client()]
    one.send(['SET', 'a', '1'], ['WAIT', '1', '1000'], ['WAITAOF', '1', '1', '1000'], ['CLIENT', 'ID'])
    const answers = await one.next(4)
    expect(answers.slice(0, 3)).toEqual(['+OK\r\n', ':1\r\n', '*2\r\n:1\r\n:1\r\n'])
    one.send(['BLPOP', 'never', '0'])
    other.send(['CLIENT', 'UNBLOCK', answers[3]!.slice(1).trim(), 'ERROR'])
    while ((await other.next(1))[0] === ':0\r\n')
      other.send(['CLIENT', 'UNBLOCK', answers[3]!.slice(1).trim(), 'ERROR'])
    expect((await one.next(1))[0]).toMatch(/^-UNBLOCKED/)
  })

  test('client-side caching: what a client holds is called invalid, in either protocol', async () => {
    const [three, two, writer] = [await client(), await client(), await client()]
    three.send(['HELLO', '3'], ['CLIENT', 'TRACKING', 'ON'], ['GET', 'cached'])
    await three.next(3)
    two.send(['CLIENT', 'ID'])
    const id = (await two.next(1))[0]!.slice(1).trim()
    two.send(['SUBSCRIBE', '__redis__:invalidate'])
    await two.next(1)
    const reader = await client()
    reader.send(['CLIENT', 'TRACKING', 'ON', 'REDIRECT', id], ['GET', 'cached'])
    await reader.next(2)
    writer.send(['SET', 'cached', '1'])
    await writer.next(1)
    expect((await three.next(1))[0]).toMatch(/^>2\r\n\$10\r\ninvalidate/)
    expect((await two.next(1))[0]).toMatch(/message[^]*cached/)
  })

  test('a client that stops reading longer than a write may wait still hears that it is durable', async () => {
    const one = await client(impatient.port)
    one.send(['SET', 'big', 'x'.repeat(MB)])
    await one.next(1)
    const before = impatient.counts.durable
    one.socket.pause()
    one.send(...Array.from({ length: 64 }, () => ['GET', 'big']), ['SET', 'slow', '1'])
    await sleep(2500)
    one.socket.resume()
    expect((await one.next(65)).at(-1)).toBe('+OK\r\n')
    expect(impatient.counts.durable).toBe(before + 1)
  }, 60_000)

  test('a pipeline whose sender closes his side at once is answered to its end', async () => {
    const one = await client()
    one.socket.end(Buffer.concat(Array.from({ length: 5000 }, (_, n) => encode(['SET', `end${n}`, '1']))))
    expect(await one.next(5000)).toHaveLength(5000)
    await one.closed
    expect(await store.ask(REPLICA, 'EXISTS', 'end4999')).toBe(1)
  })

  test.each([
    ['a head that is none', '*x\r\n'],
    ['a length that is none, inside a command', '*3\r\n$3\r\nSET\r\n$1\r\nz\r\n$abc\r\n'],
    ['a value over the limit', `*3\r\n$3\r\nSET\r\n$1\r\nz\r\n$${513 * MB}\r\n`],
  ])(
    '%s behind good commands: they are carried out, and none is called durable or refused',
    async (_, bad) => {
      const one = await client()
      await store.ask(PRIMARY, 'DEL', 'before', 'z')
      one.raw(Buffer.concat([encode(['SET', 'before', '1']), encode(['GET', 'before']), Buffer.from(bad)]))
      await one.closed
      const answers = await one.next(one.pending)
      expect(answers[0]).toMatch(/^-UNKNOWN .*Read before you write it again/)
      expect(answers.at(-1)).toMatch(/^-ERR Protocol error/)
      expect(answers.length).toBeLessThanOrEqual(3)
      await expect.poll(() => store.ask(PRIMARY, 'GET', 'before')).toBe('1')
      expect(await store.ask(PRIMARY, 'EXISTS', 'z')).toBe(0)
    },
  )

  test('the room of all together is limited, and free again when its client is gone', async () => {
    const tight = await startTestEndpoint(store.url, { heldOfAllBytesMax: 3 * MB })
    try {
      const held = ['EVAL', `return string.rep('x', ${2 * MB})`, '0']
      const [one, two] = [await client(tight.port), await client(tight.port)]
      store.signal(REPLICA, 'SIGSTOP')
      for (const each of [one, two]) {
        each.send(['SET', 'k', '1'], held)
        await sleep(300)
      }
      expect((await two.next(1))[0]).toMatch(/^-UNKNOWN .*may keep/)
      one.close()
      store.signal(REPLICA, 'SIGCONT')
      await expect.poll(() => tight.counts.clients).toBe(0)
      const three = await client(tight.port)
      three.send(['SET', 'k', '1'], held)
      expect((await three.next(2))[1]).toHaveLength(2 * MB + 12)
    } finally {
      await tight.close(0)
    }
  })

  test('an engine that dies before it answers: writes are unknown one by one, and no library sends them again', async () => {
    const own = await startReplicatedStore({ replicas: 0 })
    const endpoint = await startTestEndpoint(own.url)
    const library = new Redis(endpoint.port, '127.0.0.1', { protocol: 2, retryStrategy: () => 50 })
    library.on('error', () => undefined)
    try {
      await library.incr('sum')
      const [plain, reader] = [await client(endpoint.port), await client(endpoint.port)]
      for (const one of [plain, reader]) {
        one.send(['PING'])
        await one.next(1)
      }
      own.signal(PRIMARY, 'SIGSTOP')
      plain.send(['GET', 'a'], ['SET', 'a', '1'], ['GET', 'a'])
      reader.send(['GET', 'a'])
      const sum = library.incr('sum')
      await expect.poll(() => endpoint.counts.commands.write).toBe(3)
      own.signal(PRIMARY, 'SIGKILL')
      await expect(sum).rejects.toThrow(/UNKNOWN the engine did not answer/)
      const [get, set] = await plain.next(2)
      expect(get).toMatch(/^-ERR the engine did not answer/)
      expect(set).toMatch(/^-UNKNOWN .*whether the write was carried out is unknown/)
      await Promise.all([plain.closed, reader.closed])
      expect([plain.pending, reader.pending]).toEqual([0, 0])
      const late = await client(endpoint.port)
      expect((await late.next(1))[0]).toMatch(/cannot be reached/)
    } finally {
      library.disconnect()
      await endpoint.close(0)
      await own.stop()
    }
  }, 60_000)
})
