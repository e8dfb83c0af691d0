/**
 * What the rest of an application does with the store, by ioredis, as the user `app`, whose keys begin with `app:`. What belongs together has the same braces in its
 * name, so that a cluster keeps it in one place. Each function answers what it read.
 *     npm install ioredis && STORE_PASSWORD=... node application.ts HOST PORT      (Node 22.18 or newer; before it npx tsx application.ts HOST PORT)
 */
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Redis, type Cluster } from 'ioredis'

type Client = Redis | Cluster

/** Points of players, and the best of them. */
export async function leaderboard(store: Client): Promise<string[]> {
  await store.zadd('app:{board}:week', 1200, 'ann', 900, 'bob', 300, 'cem')
  await store.zincrby('app:{board}:week', 400, 'bob')
  return store.zrevrange('app:{board}:week', 0, 1, 'WITHSCORES')
}

/** A session lives half an hour from its last use. */
export async function session(store: Client): Promise<(string | null)[]> {
  const key = 'app:{session:8f1c}'
  await store.multi().hset(key, { user: 'ann', csrf: 'x7' }).expire(key, 1800).exec()
  const read = await store.multi().hget(key, 'user').expire(key, 1800).exec()
  return [read![0]![1] as string, (await store.ttl(key)) > 1790 ? 'lives' : 'ends']
}

/** A queue: each message goes to one worker of the group, and stays until it says that it is done. */
export async function queue(store: Client): Promise<string[]> {
  const key = 'app:{mail}:out'
  // Each worker may come first.
  await store.xgroup('CREATE', key, 'senders', '0', 'MKSTREAM').catch((error: Error) => {
    if (!error.message.startsWith('BUSYGROUP')) throw error
  })
  for (const to of ['ann', 'bob']) await store.xadd(key, 'MAXLEN', '~', 10_000, '*', 'to', to)
  const read = (await store.xreadgroup('GROUP', 'senders', 'worker-1', 'COUNT', 10, 'STREAMS', key, '>')) as [
    string,
    [string, string[]][],
  ][]
  const messages = read[0]![1]
  await store.xack(key, 'senders', ...messages.map(([id]) => id))
  const [waiting] = (await store.xpending(key, 'senders')) as [number]
  return [...messages.map(([, fields]) => fields[1]!), `${waiting} waiting`]
}

/** Who listens now hears it; it is kept for nobody. */
export async function news(store: Client): Promise<string> {
  const listener: Client = store instanceof Redis ? store.duplicate() : store.duplicate()
  listener.on('error', () => undefined) // it connects again by itself
  try {
    await listener.subscribe('app:news')
    const heard = new Promise<string>((resolve) =>
      listener.on('message', (_: string, text: string) => resolve(text)),
    )
    await store.publish('app:news', 'sale')
    return await heard
  } finally {
    listener.disconnect()
  }
}

/** One of all who miss computes, the others find it. */
export async function cached(store: Client): Promise<string[]> {
  const [key, lock] = ['app:{page:home}', 'app:{page:home}:lock']
  const answers: string[] = []
  for (let n = 0; n < 2; n++) {
    let page = await store.get(key)
    if (page === null && (await store.set(lock, 'me', 'PX', 5000, 'NX')) === 'OK') {
      page = '<h1>made</h1>'
      await store.set(key, page, 'EX', 60)
      await store.del(lock)
      answers.push('made')
    } else answers.push(`found ${page}`)
  }
  return answers
}

const CHECK_OUT = `local lines = redis.call('HGETALL', KEYS[1])
if #lines == 0 then return 0 end
redis.call('RPUSH', KEYS[2], table.concat(lines, ' '))
redis.call('DEL', KEYS[1])
return #lines / 2`

/** A cart, and a script that makes an order of it, all or nothing. */
export async function cart(store: Client): Promise<(string | number)[]> {
  const [lines, orders] = ['app:{ann}:cart', 'app:{ann}:orders']
  await store.hincrby(lines, 'apple', 2)
  await store.hincrby(lines, 'apple', 1)
  await store.hincrby(lines, 'pear', 1)
  const apples = Number(await store.hget(lines, 'apple'))
  const first = Number(await store.eval(CHECK_OUT, 2, lines, orders))
  const second = Number(await store.eval(CHECK_OUT, 2, lines, orders))
  return [apples, first, second, await store.llen(orders)]
}

/** What a model asks for about one customer, in one answer. */
export async function features(store: Client): Promise<(string | null)[]> {
  await store.hset('app:{features:ann}', { orders_30d: 4, basket_avg: 41.5, country: 'DE' })
  return store.hmget('app:{features:ann}', 'orders_30d', 'basket_avg', 'colour')
}

export async function application(store: Client): Promise<Record<string, unknown>> {
  return {
    leaderboard: await leaderboard(store),
    session: await session(store),
    queue: await queue(store),
    news: await news(store),
    cached: await cached(store),
    cart: await cart(store),
    features: await features(store),
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [, , host = '127.0.0.1', port = '6379'] = process.argv
  const password = process.env.STORE_PASSWORD
  const store = new Redis(Number(port), host, password === undefined ? {} : { username: 'app', password })
  store.on('error', ({ message }) => process.stderr.write(`${message}\n`))
  process.stdout.write(`${JSON.stringify(await application(store))}\n`)
  store.disconnect()
}
