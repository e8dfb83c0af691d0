/** Every command of the engine, as every user, on keys of every owner: what is let through is written here as rules, from what each is for, and the engine is asked (ACL DRYRUN). */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect } from 'vitest'
import { locate, needs } from '../harness/needs.ts'
import { startSecuredStore, type SecuredStore } from '../harness/secured-store.ts'
import { makeUsers, type TestUsers } from '../harness/users.ts'

type Row = [string, number, string[], number, number, number, string[], ...unknown[]]
interface Asked {
  /** `config|get`. */
  readonly name: string
  readonly words: readonly string[]
  readonly isWrite: boolean
  readonly isOperating: boolean
  /** Whose key it stands on; null = it has none. */
  readonly owner: 'tm' | 'app' | 'other' | null
}

const SUBCOMMANDS = 9
const OWNERS = ['tm', 'app', 'other'] as const
/** Commands whose keys stand behind a count or a word. */
const odd: Readonly<Record<string, (key: string) => string[]>> = {
  eval: (key) => ['return 1', '1', key],
  evalsha: (key) => ['0'.repeat(40), '1', key],
  eval_ro: (key) => ['return 1', '1', key],
  evalsha_ro: (key) => ['0'.repeat(40), '1', key],
  fcall: (key) => ['f', '1', key],
  fcall_ro: (key) => ['f', '1', key],
  xread: (key) => ['STREAMS', key, '0'],
  xreadgroup: (key) => ['GROUP', 'g', 'c', 'STREAMS', key, '>'],
  zunion: (key) => ['1', key],
  zinter: (key) => ['1', key],
  zdiff: (key) => ['1', key],
  zintercard: (key) => ['1', key],
  sintercard: (key) => ['1', key],
  lmpop: (key) => ['1', key, 'LEFT'],
  zmpop: (key) => ['1', key, 'MIN'],
  blmpop: (key) => ['0', '1', key, 'LEFT'],
  bzmpop: (key) => ['0', '1', key, 'MIN'],
  zunionstore: (key) => [key, '1', key],
  zinterstore: (key) => [key, '1', key],
  zdiffstore: (key) => [key, '1', key],
  msetex: (key) => ['1', key, 'v'],
  migrate: (key) => ['127.0.0.1', '1', key, '0', '1'],
}
/** Ask for a channel, not for a key. */
const aboutChannels = new Set(['publish', 'spublish', 'subscribe', 'psubscribe', 'ssubscribe'])

function cases([name, arity, flags, first, last, step, categories]: Row): Asked[] {
  const lower = name.toLowerCase()
  const base = {
    name: lower,
    isWrite: flags.includes('write') || /^(eval|evalsha|fcall)$/.test(lower),
    isOperating: categories.includes('@admin') || categories.includes('@dangerous'),
  }
  const head = lower.split('|')
  const count = Math.abs(arity)
  const make = (owner: Asked['owner']): Asked => {
    const key = `${owner}:{x}`
    if (odd[lower] !== undefined) return { ...base, owner, words: [lower, ...odd[lower](key)] }
    const words = [...head, ...Array<string>(Math.max(count - head.length, 0)).fill('1')]
    const end = last < 0 ? words.length + last : last
    // A pattern is let through only where the rights name the very same one.
    if (aboutChannels.has(lower)) words[1] = lower === 'psubscribe' ? `${owner}:*` : key
    else if (first > 0)
      for (let at = first; at <= Math.max(end, first); at += Math.max(step, 1)) words[at] = key
    return { ...base, owner, words }
  }
  return first > 0 || odd[lower] !== undefined || aboutChannels.has(lower) ? OWNERS.map(make) : [make(null)]
}

const connection =
  /^(auth|hello|echo|ping|quit|reset|select|asking|readonly|readwrite|wait|waitaof|client\|(caching|capa|getname|getredir|help|id|info|reply|setinfo|setname|no-touch|tracking|trackinginfo|import-source))$/
const everybody = (name: string): boolean =>
  connection.test(name) || name === 'info' || /^command(\||$)/.test(name)
const topology = /^(cluster\|(slots|shards|info|nodes)|role)$/
const listensTo = /^(subscribe|ssubscribe|unsubscribe|sunsubscribe)$/
/** Reads that stand on no key: names of keys, and what belongs to nobody. */
const keyless = /^(scan|clusterscan|dbsize|randomkey|lolwut|keys|memory\|help|object\|help|xinfo\|help)$/
const isRead = ({ name, isWrite, owner }: Asked): boolean => !isWrite && owner !== null && name !== 'watch'

/** What each is for, in our words; the lists of the engine are another matter. */
const rules: Readonly<Record<string, (asked: Asked) => boolean>> = {
  ingest: (asked) =>
    topology.test(asked.name) ||
    /^(time|config\|get|function\|load|function\|list|unsubscribe|sunsubscribe)$/.test(asked.name) ||
    (asked.owner === 'tm' &&
      (/^(set|hset|hdel|zadd|zrem|pfadd|xadd|xtrim|setrange|del|unlink|publish|spublish|subscribe|ssubscribe|fcall)$/.test(
        asked.name,
      ) ||
        (isRead(asked) &&
          !asked.isOperating &&
          !/^(psubscribe|eval_ro|evalsha_ro|fcall_ro)$/.test(asked.name)))),
  serve: (asked) =>
    topology.test(asked.name) ||
    /^(time|config\|get|unsubscribe|sunsubscribe)$/.test(asked.name) ||
    (asked.owner === 'tm' &&
      (listensTo.test(asked.name) ||
        (isRead(asked) &&
          !asked.isOperating &&
          !/^(psubscribe|publish|spublish|eval_ro|evalsha_ro|fcall_ro)$/.test(asked.name)))),
  app: (asked) =>
    /^(time|cluster\|(slots|shards|info|nodes|keyslot)|script\|(load|exists)|multi|exec|discard|unwatch|unsubscribe|punsubscribe|sunsubscribe)$/.test(
      asked.name,
    ) ||
    (asked.owner === 'app' && !asked.isOperating && asked.name !== 'pfmerge'),
  backup: (asked) =>
    topology.test(asked.name) ||
    /^(time|config\|get|lastsave|sync|psync|replconf|function\|dump|multi|exec)$/.test(asked.name) ||
    (isRead(asked) && !asked.isOperating && !/subscribe|publish|^(eval|evalsha|fcall)_ro$/.test(asked.name)),
  endpoint: ({ name }) => name === 'role',
}
/** May be let through or not: each reveals at most the names of keys. */
const eitherWay = (user: string, { name }: Asked): boolean =>
  keyless.test(name) && !(user === 'app' && /^(randomkey|dbsize|keys)$/.test(name)) && !(user === 'endpoint')

for (const engine of ['store', 'valkey'] as const) {
  const { describe, test } = needs(engine)
  describe(`engine: ${engine}`, () => {
    let server: SecuredStore
    let users: TestUsers
    beforeAll(async () => {
      server = await startSecuredStore({ binary: locate(engine)! })
      users = await makeUsers(`redis://${server.nodes}`)
    }, 60_000)
    afterAll(async () => {
      await server?.stop()
      users?.remove()
    })

    test.each(Object.keys(rules))(
      '%s',
      async (user) => {
        const rows = (await server.ask(0, 'COMMAND')) as Row[]
        const all = rows.flatMap((row) => {
          const parts = (row[SUBCOMMANDS] ?? []) as Row[]
          return parts.length > 0 ? parts : [row]
        })
        expect(all.length).toBeGreaterThan(300)
        const wrong: string[] = []
        let [let_, refused] = [0, 0]
        await Promise.all(
          all.flatMap(cases).map(async (asked) => {
            const answer = String(
              await server
                .ask(0, 'ACL', 'DRYRUN', user, ...asked.words)
                .catch((error: Error) => error.message),
            )
            const isLet = answer === 'OK'
            if (isLet) let_++
            else refused++
            if (!isLet && !/permission/.test(answer)) wrong.push(`${asked.words.join(' ')}: ${answer}`)
            if (eitherWay(user, asked)) return
            const shall = everybody(asked.name) || rules[user]!(asked)
            if (isLet !== shall)
              wrong.push(`${asked.words.join(' ')} is ${isLet ? 'let through' : 'refused'}`)
          }),
        )
        expect(wrong).toEqual([])
        expect(Math.min(let_, refused)).toBeGreaterThan(20)
      },
      60_000,
    )

    test.each([
      'MSET app:{x} 1 tm:{x} 2',
      'MSETNX app:{x} 1 tm:{x} 2',
      'MGET app:{x} tm:{x}',
      'DEL app:{x} tm:{x}',
      'RENAME app:{x} tm:{x}',
      'RENAME tm:{x} app:{x}',
      'COPY tm:{x} app:{x}',
      'COPY app:{x} tm:{x} REPLACE',
      'SMOVE app:{x} tm:{x} m',
      'LMOVE tm:{x} app:{x} LEFT LEFT',
      'BLMOVE app:{x} tm:{x} LEFT LEFT 0.01',
      'RPOPLPUSH app:{x} tm:{x}',
      'BITOP OR tm:{x} app:{x} app:{x}',
      'BITOP NOT app:{x} tm:{x}',
      'SUNIONSTORE tm:{x} app:{x}',
      'SINTERSTORE app:{x} app:{x} tm:{x}',
      'ZUNIONSTORE app:{x} 2 app:{x} tm:{x}',
      'ZRANGESTORE tm:{x} app:{x} 0 1',
      'GEOSEARCHSTORE tm:{x} app:{x} FROMLONLAT 1 1 BYRADIUS 1 m',
      'GEORADIUS app:{x} 1 1 1 m STORE tm:{x}',
      'PFMERGE tm:{x}',
      'PFMERGE app:{x} tm:{x}',
      'PFCOUNT app:{x} tm:{x}',
      'LCS app:{x} tm:{x}',
      'XREAD STREAMS app:{x} tm:{x} 0 0',
      'SORT app:{x} BY nosort GET tm:*',
      'SORT app:{x} STORE tm:{x}',
      'MIGRATE 127.0.0.1 1 app:{x} 0 1',
    ])('app, with a key of somebody else among its own: %s', async (command) => {
      await server.ask(0, 'FLUSHALL')
      const client = new Redis(server.ports[0]!, '127.0.0.1', {
        username: 'app',
        password: users.password('app'),
        protocol: 2,
      })
      client.on('error', () => undefined)
      const [word, ...rest] = command.split(' ')
      try {
        await expect(client.call(word!, ...rest)).rejects.toThrow(/NOPERM|no permissions|has no access/i)
        const script = `return redis.call('${command.split(' ').join("', '")}')`
        await expect(client.call('EVAL', script, '1', 'app:{x}')).rejects.toThrow()
        expect(await server.ask(0, 'EXISTS', 'tm:{x}')).toBe(0)
      } finally {
        client.disconnect()
      }
    })
  })
}
