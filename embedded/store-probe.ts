import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

const TIMEOUT_MS = 2000

/** What a port said when asked for a store server: `ready`, `loading` its data, or nothing useful (`absent`). */
export type Probe =
  | { readonly state: 'ready'; readonly dir: string }
  | { readonly state: 'loading' }
  | { readonly state: 'absent' }

/** Asks the server at 127.0.0.1:`port` whether it serves, and from which folder: another server may have the port. `password` holds letters and digits only. */
export function probeStore(
  port: number,
  password: string | null = null,
  /** PEM of its authority, where it speaks TLS. */
  ca: string | null = null,
): Promise<Probe> {
  return new Promise((resolve) => {
    let said = ''
    const place = { host: '127.0.0.1', port }
    const socket = ca === null ? connect(place) : connectTls({ ...place, ca })
    const done = (probe: Probe): void => {
      socket.destroy()
      resolve(probe)
    }
    socket.setTimeout(TIMEOUT_MS, () => done({ state: 'absent' }))
    socket.once('error', () => done({ state: 'absent' }))
    socket.once('close', () => done({ state: 'absent' }))
    socket.once(ca === null ? 'connect' : 'secureConnect', () =>
      socket.write(`${password === null ? '' : `AUTH ${password}\r\n`}PING\r\nCONFIG GET dir\r\n`),
    )
    socket.on('data', (chunk) => {
      said += chunk.toString('utf8')
      const probe = read(said, password !== null)
      if (probe !== null) done(probe)
    })
  })
}

/** The replies: `+OK` where a password was said, `+PONG`, then an array of two bulk strings, `dir` and the folder. null = not whole yet. */
function read(said: string, hasAuth: boolean): Probe | null {
  const lines = said.split('\r\n')
  if (hasAuth && lines.length > 1) {
    const auth = lines.shift()
    if (auth !== '+OK' && !auth!.startsWith('-LOADING')) return { state: 'absent' } // another server, with another password or none
  }
  const [pong, array, ...strings] = lines
  if (array === undefined) return null
  if (pong?.startsWith('-LOADING')) return { state: 'loading' }
  if (pong !== '+PONG') return { state: 'absent' }
  if (array.startsWith('-')) return { state: array.startsWith('-LOADING') ? 'loading' : 'absent' }
  return strings.length < 5 ? null : { state: 'ready', dir: strings[3]! }
}
