/** Beside the hold, the endpoint is the engine: the same bytes for the same commands, whatever the mode of the connection. */
import { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import { startTestEndpoint, type TestEndpoint } from '../harness/endpoint.ts'
import { needs } from '../harness/needs.ts'
import { startReplicatedStore, type ReplicatedStore } from '../harness/replicated.ts'
import { encode, plainClient } from './plain-client.ts'

const { describe, test } = needs('valkey')
const [PRIMARY, REPLICA] = [0, 1]

describe('as the engine', () => {
  let store: ReplicatedStore
  let endpoint: TestEndpoint
  beforeAll(async () => {
    store = await startReplicatedStore()
    endpoint = await startTestEndpoint(store.url)
    await store.ask(
      PRIMARY,
      'FUNCTION',
      'LOAD',
      "#!lua name=mine\nserver.register_function('put', function(k, a) return server.call('SET', k[1], a[1]) end)\nserver.register_function{function_name='look', callback=function(k) return server.call('GET', k[1]) end, flags={'no-writes'}}",
    )
  })
  afterAll(async () => {
    await endpoint?.close(0)
    await store?.stop()
  })

  /** The same commands to the engine and through the endpoint, each in an empty database of its own; the bytes must be the same. */
  const both = async (
    commands: readonly (readonly string[])[],
    { pieces = 1, protocol = '2' } = {},
  ): Promise<string[]> => {
    await store.ask(PRIMARY, 'FLUSHALL')
    const seen: string[][] = []
    for (const [port, database] of [
      [store.ports[PRIMARY]!, '1'],
      [endpoint.port, '2'],
    ] as const) {
      const one = await plainClient(port)
      one.send(['HELLO', protocol], ['SELECT', database])
      await one.next(2)
      const bytes = Buffer.concat(commands.map(encode))
      const step = Math.ceil(bytes.length / pieces)
      for (let at = 0; at < bytes.length; at += step) {
        one.raw(bytes.subarray(at, at + step))
        if (pieces > 1) await sleep(1)
      }
      seen.push(await one.next(commands.length))
      one.close()
    }
    expect(seen[1]).toEqual(seen[0])
    return seen[1]!
  }

  test('3,000 random commands in one pipeline, cut anywhere', async () => {
    let state = 20261127
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      return (state >>> 8) % below
    }
    const list = Array.from({ length: 3000 }, () => {
      const [key, value] = [`k${random(20)}`, `v\r\n${random(1000)}`]
      return [
        ['SET', key, value],
        ['GET', key],
        ['INCR', key],
        ['LPUSH', `l${key}`, value, '*3'],
        ['LRANGE', `l${key}`, '0', '5'],
        ['HSET', `h${key}`, value, '1'],
        ['HGETALL', `h${key}`],
        ['ZADD', `z${key}`, `${random(100)}`, value],
        ['ZRANGE', `z${key}`, '0', '-1', 'WITHSCORES'],
        ['EVAL', 'return {1, {2, "a"}, KEYS[1] == nil}', '0'],
        ['NOSUCH', key],
        ['SETNX', key, value],
        ['OBJECT', 'ENCODING', key],
        ['DEL', key],
      ][random(14)]!
    })
    for (const protocol of ['2', '3']) await both(list, { pieces: 40, protocol })
  })

  test('transactions: watched keys, faults inside, discarded ones', async () => {
    const answers = await both([
      ['WATCH', 'k'],
      ['MULTI'],
      ['SET', 'k', '1'],
      ['GET', 'k'],
      ['EXEC'],
      ['MULTI'],
      ['SET', 'k'],
      ['EXEC'],
      ['MULTI'],
      ['SET', 'k', '2'],
      ['DISCARD'],
      ['MULTI'],
      ['INCR', 'k'],
      ['LPUSH', 'k', 'a'],
      ['EXEC'],
      ['EXEC'],
      ['MULTI'],
      ['MULTI'],
      ['GET', 'k'],
      ['EXEC'],
      ['GET', 'k'],
    ])
    expect(answers.at(-1)).toBe('$1\r\n2\r\n')
  })

  test('functions, blocking commands, inline commands, empty ones, RESET, QUIT', async () => {
    await both([
      ['FCALL', 'put', '1', 'k', 'v'],
      ['FCALL_RO', 'look', '1', 'k'],
      ['RPUSH', 'q', 'a', 'b'],
      ['BLPOP', 'q', '0'],
      ['BRPOP', 'q', '0.1'],
      ['BLPOP', 'none', '0.05'],
      ['GET', 'k'],
    ])
    const one = await plainClient(endpoint.port)
    one.raw('\r\n*0\r\nSET typed "by hand"\r\nGET typed\r\n*-1\r\n')
    expect(await one.next(2)).toEqual(['+OK\r\n', '$7\r\nby hand\r\n'])
    one.send(['SELECT', '3'], ['SET', 'three', '1'], ['RESET'], ['GET', 'three'])
    expect(await one.next(4)).toEqual(['+OK\r\n', '+OK\r\n', '+RESET\r\n', '$-1\r\n'])
    one.send(['SET', 'last', '1'], ['QUIT'])
    expect(await one.next(2)).toEqual(['+OK\r\n', '+OK\r\n'])
    await one.closed
  })

  test.each(['2', '3'])(
    'RESP%s: who listens hears messages, and may write again afterwards',
    async (protocol) => {
      const [listener, speaker] = [await plainClient(endpoint.port), await plainClient(endpoint.port)]
      listener.send(['HELLO', protocol])
      await listener.next(1)
      const first = protocol === '2' ? '*' : '>'
      listener.send(
        ['SET', 'before', '1'],
        ['SUBSCRIBE', 'a', 'b'],
        ['PSUBSCRIBE', 'c*'],
        ['SSUBSCRIBE', 's'],
      )
      const begun = await listener.next(5)
      expect(begun[0]).toBe('+OK\r\n')
      expect(begun.slice(1).map((one) => one[0])).toEqual(Array(4).fill(first))
      speaker.send(['PUBLISH', 'a', 'x'.repeat(100_000)], ['PUBLISH', 'cc', '2'], ['SPUBLISH', 's', '3'])
      expect(await speaker.next(3)).toEqual([':1\r\n', ':1\r\n', ':1\r\n'])
      expect((await listener.next(3)).map((one) => /(p|s)?message/.exec(one)![0])).toEqual([
        'message',
        'pmessage',
        'smessage',
      ])
      listener.send(
        ['PING'],
        ['UNSUBSCRIBE'],
        ['PUNSUBSCRIBE'],
        ['SUNSUBSCRIBE'],
        ['UNSUBSCRIBE'],
        ['SET', 'after', protocol],
        ['GET', 'after'],
      )
      const rest = await listener.next(8)
      expect(rest[0]).toBe(protocol === '2' ? '*2\r\n$4\r\npong\r\n$0\r\n\r\n' : '+PONG\r\n')
      expect(rest.slice(6)).toEqual(['+OK\r\n', `$1\r\n${protocol}\r\n`])
      if (protocol === '3') {
        // One that listens and writes at once: what comes unasked stays in its place.
        listener.send(['SUBSCRIBE', 'own'], ['PUBLISH', 'own', 'hi'], ['SET', 'k', 'v'], ['GET', 'k'])
        const mixed = await listener.next(5)
        expect(mixed.filter((one) => one[0] !== '>')).toEqual([':1\r\n', '+OK\r\n', '$1\r\nv\r\n'])
      }
      listener.close()
      speaker.close()
    },
  )

  test('what would take the hold away is refused, and spoils the transaction it comes in', async () => {
    const one = await plainClient(endpoint.port)
    one.send(['CLIENT', 'REPLY', 'OFF'], ['PSYNC', '?', '-1'], ['PING'])
    const [off, psync, pong] = await one.next(3)
    expect(off).toMatch(/^-ERR the durable endpoint does not take CLIENT REPLY/)
    expect(psync).toMatch(/^-ERR .*PSYNC/)
    expect(pong).toBe('+PONG\r\n')
    one.send(['MULTI'], ['SET', 'spoilt', '1'], ['SUBSCRIBE', 'x'], ['EXEC'], ['GET', 'spoilt'])
    const answers = await one.next(5)
    expect(answers[2]).toMatch(/SUBSCRIBE inside MULTI/)
    expect(answers[3]).toMatch(/^-EXECABORT/)
    expect(answers[4]).toBe('$-1\r\n')
    one.close()
  })

  test('MONITOR shows what others do; whoever speaks meanwhile is let go', async () => {
    const [one, other] = [await plainClient(endpoint.port), await plainClient(endpoint.port)]
    one.send(['MONITOR'])
    expect(await one.next(1)).toEqual(['+OK\r\n'])
    other.send(['SET', 'watched', '1'])
    for (;;) if ((await one.next(1))[0]!.includes('"watched"')) break
    one.send(['SET', 'x', '1'])
    await one.closed
    other.close()
  })

  test('users are those of the engine; one who may not ask for the disk hears what he lacks', async () => {
    await store.ask(PRIMARY, 'ACL', 'SETUSER', 'app', 'on', '>pw', '~app:*', '+@all', '-@dangerous')
    await store.ask(PRIMARY, 'ACL', 'SETUSER', 'poor', 'on', '>pw', '~*', '+set', '+get')
    const one = await plainClient(endpoint.port)
    one.send(
      ['AUTH', 'app', 'wrong'],
      ['AUTH', 'app', 'pw'],
      ['SET', 'app:a', '1'],
      ['SET', 'tm:a', '1'],
      ['SUBSCRIBE', 'x'],
      ['CONFIG', 'GET', '*'],
    )
    const answers = await one.next(6)
    expect(answers[0]).toMatch(/^-WRONGPASS/)
    expect(answers[2]).toBe('+OK\r\n')
    for (const refused of [3, 4, 5]) expect(answers[refused]).toMatch(/^-NOPERM/)
    const poor = await plainClient(endpoint.port)
    poor.send(['AUTH', 'poor', 'pw'], ['SET', 'a', '1'], ['GET', 'a'])
    const said = await poor.next(3)
    expect(said[1]).toMatch(/^-UNKNOWN .*NOPERM.*waitaof.*unknown, not lost/)
    expect(said[2]).toBe('$1\r\n1\r\n')
    one.close()
    poor.close()
  })

  test('a plain client library: pipelines, transactions, large values, many at once', async () => {
    const client = new Redis(endpoint.port, '127.0.0.1').on('error', () => undefined)
    const large = Buffer.alloc(20 * 2 ** 20, 'x')
    await client.set('large', large)
    expect((await client.getBuffer('large'))!.equals(large)).toBe(true)
    const results = await client
      .pipeline(Array.from({ length: 10_000 }, (_, n) => ['set', `p${n}`, `${n}`]))
      .exec()
    expect(results!.every(([error, value]) => error === null && value === 'OK')).toBe(true)
    const sums = await Promise.all(Array.from({ length: 500 }, () => client.incr('sum')))
    expect(sums.at(-1)).toBe(500)
    expect(await store.ask(REPLICA, 'GET', 'sum')).toBe('500')
    client.disconnect()
  })
})
