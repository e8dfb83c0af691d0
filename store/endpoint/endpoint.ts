/** The listener: takes clients up to a limit, gives each its connection to the engine, and drains when it is told to stop. */
import {
  createServer as createPlain,
  connect as connectPlain,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net'
import { connect as connectTls, createServer as createTls, type TlsOptions } from 'node:tls'
import { parseStoreAddress } from '../connection/address.ts'
import { CONNECT_TIMEOUT_MS } from '../connection/sentinel.ts'
import type { StoreAccess } from '../connection/client.ts'
import { tlsNow, type TlsTexts } from '../connection/tls-texts.ts'
import type { EndpointCounts } from './counts.ts'
import { Engine } from './engine.ts'
import { HeldLimits } from './held.ts'
import { Session } from './session.ts'
import type { StoreError } from '../errors.ts'

export interface EndpointOptions {
  readonly host: string
  /** 0 = a free one. */
  readonly port: number
  /** As it is now; without it clients speak without TLS. `ca`: clients must bring a certificate that it signed. */
  readonly tls?: () => TlsTexts
  /** One primary. */
  readonly url: string
  readonly access?: StoreAccess
  readonly replicas: number | null
  readonly waitMs: number
  readonly clientsMax: number
  readonly bulkBytesMax: number
  /** Answers that wait for the disk, of one client. */
  readonly heldBytesMax: number
  /** Of all clients together. */
  readonly heldOfAllBytesMax: number
  readonly counts: EndpointCounts
  readonly trouble: (error: StoreError) => void
  readonly log: (line: string) => void
}

export interface Endpoint {
  readonly port: number
  /** Replicas that must have a write on disk. */
  readonly replicas: number
  /** Takes nobody in any more, finishes what is on its way, at most for so long. */
  close(patienceMs: number): Promise<void>
}

const KEEP_ALIVE_MS = 30_000
/** Until a client has spoken its part of TLS. */
const HANDSHAKE_MS = 10_000
/** For the last words to go out. */
const LAST_WORDS_MS = 2000
/** Connections beyond the clients that may be on their way in or out. */
const SPARE = 100

/** Throws UnfitEngine, StoreError, StoreAddressError, and what a listener throws. */
export async function openEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const sessions = new Set<Session>()
  const { counts, log } = options
  const held = new HeldLimits(options.heldBytesMax, options.heldOfAllBytesMax)
  const engine = await Engine.open({
    url: options.url,
    ...(options.access && { access: options.access }),
    replicas: options.replicas,
    trouble: options.trouble,
    changed: (why) => {
      if (sessions.size > 0) log(`${why}: ${sessions.size} clients are let go`)
      for (const session of sessions) session.abort(why)
    },
  })
  const take = (client: Socket): void => {
    client.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
    client.on('error', () => undefined)
    if (counts.clients >= options.clientsMax) {
      counts.turnedAway.limit++
      return farewell(client, 'max number of clients reached')
    }
    counts.clients++
    counts.accepted++
    client.once('close', () => counts.clients--)
    client.pause()
    reach(options, engine).then(
      (upstream) => {
        if (client.destroyed) return upstream.destroy()
        const session = new Session(
          client,
          upstream,
          { ...options, held, watch: engine, kinds: engine.kinds },
          () => sessions.delete(session),
        )
        sessions.add(session)
        if (isClosing) session.drain()
        else client.resume()
      },
      () => {
        counts.turnedAway.unreachable++
        farewell(client, 'the engine behind this endpoint cannot be reached')
      },
    )
  }
  let isClosing = false
  const server = listener(options.tls, take)
  // Everybody who is connected, those who have not begun to speak TLS yet among them.
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    if (sockets.size > 2 * options.clientsMax + SPARE) socket.destroy()
  })
  try {
    await listening(server, options)
  } catch (error) {
    engine.close()
    throw error
  }
  return {
    port: (server.address() as AddressInfo).port,
    get replicas() {
      return engine.replicas
    },
    async close(patienceMs) {
      isClosing = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const session of sessions) session.drain()
      const timer = setTimeout(() => {
        for (const session of sessions) session.abort('the endpoint stops')
        setTimeout(() => {
          for (const socket of sockets) socket.destroy()
        }, LAST_WORDS_MS).unref()
      }, patienceMs)
      await closed
      clearTimeout(timer)
      engine.close()
    },
  }
}

/** A client that nobody will read. */
function farewell(client: Socket, why: string): void {
  client.write(`-ERR ${why}\r\n`)
  client.destroySoon()
}

function listener(tls: EndpointOptions['tls'], take: (client: Socket) => void): Server {
  if (tls === undefined) return createPlain({ allowHalfOpen: true, pauseOnConnect: true }, take)
  let known = tls()
  const settings: TlsOptions = {
    ...known,
    allowHalfOpen: true,
    handshakeTimeout: HANDSHAKE_MS,
    ...(known.ca !== undefined && { requestCert: true, rejectUnauthorized: true }),
  }
  const server = createTls(settings, take).on('tlsClientError', () => undefined)
  // Before it begins to speak TLS with whoever comes.
  server.prependListener('connection', () => {
    const now = tls()
    if (now !== known) server.setSecureContext({ ...now })
    known = now
  })
  return server
}

function listening(server: Server, { host, port }: EndpointOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      server.on('error', () => undefined)
      resolve()
    })
  })
}

/** One connection to the engine, for one client. It is not logged in: that is the client's own affair. Whoever is primary may have changed on the way there. */
async function reach(options: EndpointOptions, engine: Engine): Promise<Socket> {
  const endMs = performance.now() + CONNECT_TIMEOUT_MS
  for (;;) {
    const { changes } = engine
    const socket = await connectOnce(options, engine)
    if (engine.changes === changes) return socket
    socket.destroy()
    if (performance.now() > endMs) throw new Error('the primary changes again and again')
  }
}

async function connectOnce({ url, access = {} }: EndpointOptions, engine: Engine): Promise<Socket> {
  const { isTls, nodes } = parseStoreAddress(url)
  const { host, port } = (await engine.place()) ?? nodes[0]!
  return new Promise((resolve, reject) => {
    const socket = isTls ? connectTls({ host, port, ...tlsNow(access) }) : connectPlain({ host, port })
    const failed = (error?: Error): void => {
      socket.destroy()
      reject(error ?? new Error('no answer'))
    }
    socket.setTimeout(CONNECT_TIMEOUT_MS, failed)
    socket.once('error', failed)
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0).off('error', failed)
      socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
      resolve(socket)
    })
  })
}
