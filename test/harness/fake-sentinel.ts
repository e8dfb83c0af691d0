/** A sentinel that says what a test wants, when it wants it. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { openStore, type Store } from '../../store/connection/connection.ts'

export interface FakeSentinel {
  readonly port: number
  /** Which primary it names from now on. */
  name(port: number): void
  /** Asked for the primary, it does this first. */
  beforeAnswer(work: () => Promise<void>): void
  /** Tells everybody who listens that the primary is another one. */
  tellSwitch(): void
  /** Connections that listen for a failover. */
  listeners(): number
  stop(): Promise<void>
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
const list = (...texts: string[]): string => `*${texts.length}\r\n${texts.map(bulk).join('')}`

export async function startFakeSentinel(primaryPort: number): Promise<FakeSentinel> {
  let primary = primaryPort
  let before = async (): Promise<void> => undefined
  const sockets = new Set<Socket>()
  const listeners = new Set<Socket>()

  async function answer(socket: Socket, words: readonly string[]): Promise<string> {
    const text = words.join(' ').toLowerCase()
    if (text.startsWith('sentinel get-master-addr-by-name')) {
      await before()
      return list('127.0.0.1', String(primary))
    }
    if (text.startsWith('sentinel sentinels')) return '*0\r\n'
    if (text.startsWith('subscribe')) {
      listeners.add(socket)
      return `*3\r\n${bulk('subscribe')}${bulk(words[1]!)}:1\r\n`
    }
    return '+OK\r\n'
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    let rest = ''
    let turn = Promise.resolve()
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      listeners.delete(socket)
    })
    socket.on('data', (bytes: Buffer) => {
      rest += bytes.toString()
      for (;;) {
        const count = Number(/^\*(\d+)\r\n/.exec(rest)?.[1] ?? 0)
        const lines = rest.split('\r\n')
        if (count === 0 || lines.length < 2 + 2 * count) return
        const words = Array.from({ length: count }, (_, at) => lines[2 + 2 * at]!)
        rest = lines.slice(1 + 2 * count).join('\r\n')
        turn = turn.then(async () => void socket.write(await answer(socket, words)))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    name: (port) => void (primary = port),
    beforeAnswer: (work) => void (before = work),
    tellSwitch: () => {
      for (const socket of listeners)
        socket.write(list('message', '+switch-master', `main 127.0.0.1 1 127.0.0.1 ${primary}`))
    },
    listeners: () => listeners.size,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

export const patience = { timeout: 15_000, interval: 20 }

/** A store that is reached by it, answers, and hears of failovers; it is closed with the test. `get` asks for a key: `answered`, or the code of the error. */
export async function openBehind(
  sentinel: FakeSentinel,
): Promise<{ store: Store; get: () => Promise<string> }> {
  const store = await openStore({ url: `redis+sentinel://127.0.0.1:${sentinel.port}/main` })
  onTestFinished(() => store.close())
  const get = (): Promise<string> =>
    store.pipeline([['GET', 'tm:{x}']]).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    )
  await expect.poll(get, patience).toBe('answered')
  await expect.poll(() => sentinel.listeners(), patience).toBeGreaterThan(0)
  return { store, get }
}
