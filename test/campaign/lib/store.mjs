// A store server that a campaign may kill, cut and put back. It is checked before every start, as the supervised one is.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { findStoreServer } from '../../../bootstrap/engine.mjs'
import { root, sleep, start } from './processes.mjs'

/** `maxmemory`: as the server takes it, such as `1gb`; without it there is no bound. */
export async function makeStore(dir, port, maxmemory = '0') {
  const binary = process.env.TIDEMARK_STORE_BIN ?? (await findStoreServer({ root, say: () => {} }))
  const checker =
    ['valkey-check-aof', 'redis-check-aof'].map((name) => join(dirname(binary), name)).find(existsSync) ??
    'redis-check-aof'
  const data = join(dir, 'store')
  const aofs = join(data, 'appendonlydir')
  let child = null

  async function begin() {
    mkdirSync(data, { recursive: true })
    // The campaign has built dist/ before.
    const { mendAof } = await import(join(root, 'dist/embedded/aof-check.js'))
    await mendAof(checker, data)
    child = start(
      binary,
      [
        '--port',
        port,
        '--dir',
        data,
        '--bind',
        '127.0.0.1',
        '--appendonly',
        'yes',
        '--appendfsync',
        'everysec',
        '--save',
        '',
        '--maxmemory-policy',
        'noeviction',
        '--maxmemory',
        maxmemory,
      ].map(String),
    )
    for (const until = Date.now() + 30_000; (await command('PING')) !== 'PONG'; await sleep(50))
      if (!child.running || Date.now() > until) throw new Error(`the store did not start:\n${child.out.text}`)
  }

  /** One inline command on a connection of its own; its reply as text, lists as lines. */
  function command(text) {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      let reply = ''
      socket
        .on('data', (bytes) => (reply += bytes))
        .on('error', () => resolve(''))
        .on('close', () => resolve(parse(reply)))
      socket.write(`${text}\r\nQUIT\r\n`)
    })
  }

  return {
    port,
    begin,
    command,
    url: `redis://127.0.0.1:${port}`,
    kill: () => child.kill('SIGKILL'),
    /** Hangs without closing a connection, until `resume`. */
    pause: () => child.signal('SIGSTOP'),
    resume: () => child.signal('SIGCONT'),
    /** Cuts the file at a random byte of its last `share`. The server must be down. */
    cut(random, share) {
      const file = readdirSync(aofs)
        .filter((name) => name.endsWith('.incr.aof'))
        .map((name) => join(aofs, name))
        .at(-1)
      const size = statSync(file).size
      const at = Math.floor(size * (1 - share * random()))
      truncateSync(file, at)
      return size - at
    },
    copyTo(folder) {
      rmSync(folder, { recursive: true, force: true })
      execFileSync('cp', ['-a', data, folder])
    },
    putBack(folder) {
      rmSync(data, { recursive: true, force: true })
      cpSync(folder, data, { recursive: true })
    },
    /** `pos` of every partition: key -> { field: value }. */
    async positions() {
      const keys = (await command('KEYS tm:*:pos')).split('\n').filter(Boolean)
      return Object.fromEntries(
        await Promise.all(
          keys.map(async (key) => {
            const flat = (await command(`HGETALL ${key}`)).split('\n')
            return [
              key,
              Object.fromEntries(flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1]]] : []))),
            ]
          }),
        ),
      )
    },
  }
}

/** RESP2, flattened; enough for a campaign: no value it asks for holds a line break. The last line answers QUIT. */
function parse(reply) {
  const lines = reply.split('\r\n').slice(0, -2)
  const values = []
  for (let at = 0; at < lines.length; at++) {
    if (lines[at].startsWith('$')) values.push(lines[at] === '$-1' ? '' : lines[++at])
    else if (!lines[at].startsWith('*')) values.push(lines[at].slice(1))
  }
  return values.join('\n')
}
