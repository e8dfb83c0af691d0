import { createServer, type AddressInfo } from 'node:net'

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0)
  if (port === null) throw new Error('this machine has no free port')
  return port
}

/** The first port from `from` on that is free and not in `taken`, to which it is added. */
export async function nextFreePort(from: number, taken: Set<number>): Promise<number> {
  for (let port = from; port <= 65_535; port++) {
    if (taken.has(port) || (await listenOnce(port)) === null) continue
    taken.add(port)
    return port
  }
  throw new Error(`no port from ${from} on is free`)
}

/** The port that it could listen on; null = it is busy. */
async function listenOnce(port: number): Promise<number | null> {
  const server = createServer()
  const isListening = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true))
  })
  if (!isListening) return null
  const { port: found } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return found
}
