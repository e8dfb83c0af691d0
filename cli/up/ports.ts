import { createServer } from 'node:net'
import { CommandError } from '../args/exit.ts'

/** How far a default port may move before something else must be wrong. */
const TRIES_MAX = 100

/** Whether somebody could listen on this port of the loopback address now. Throws what is neither free nor busy (no permission). */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else
        reject(
          new CommandError(
            `port ${port} cannot be used: ${error.code === 'EACCES' ? 'only root may listen on it' : error.message}.`,
          ),
        )
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/**
 * The port to use. A given one must be free, or CommandError says so; a default moves up to the next free one.
 * `taken` are ports promised to our other servers, which do not listen yet.
 */
export async function choosePort(
  flag: string,
  given: number | undefined,
  standard: number,
  taken: ReadonlySet<number>,
): Promise<number> {
  if (given !== undefined) {
    if (taken.has(given))
      throw new CommandError(`port ${given} is what another flag says too; choose another by ${flag} N.`)
    if (await isFree(given)) return given
    throw new CommandError(
      `port ${given} is already in use; choose another by ${flag} N, or leave ${flag} out to get the next free one.`,
    )
  }
  for (let port = standard; port < standard + TRIES_MAX; port++)
    if (!taken.has(port) && (await isFree(port))) return port
  throw new CommandError(
    `no port from ${standard} to ${standard + TRIES_MAX - 1} is free; choose one by ${flag} N.`,
  )
}
