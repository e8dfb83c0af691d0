/**
 * A connection to one node that hears which keys change: CLIENT TRACKING in broadcasting mode. The server says so on the same connection, in order: who has the answer
 * of a later command knows of every change that came before the earlier ones were answered.
 */
import type { StoreNode } from '../connection/address.ts'
import { ByteReader } from './byte-reader.ts'
import { dial, login, refused, type NodeOptions } from './dial.ts'
import { BackupError } from './fault.ts'
import { encodeCommand, readValue, RespFault, RespPush, type RespValue } from './resp.ts'

export interface TrackedLink {
  /** Commands in one go, answers in order; keys are bytes as latin1 text. Throws BackupError where one is refused. */
  ask(commands: readonly (readonly string[])[]): Promise<RespValue[]>
  close(): void
}

export interface TrackedOptions extends NodeOptions {
  /** Keys that begin otherwise are not told of. */
  readonly prefix: string
  /** Once for each change, or more often. */
  readonly changed: (key: string) => void
  /** All is gone. */
  readonly flushed: () => void
}

/** Throws BackupError. */
export async function openTracked(options: TrackedOptions): Promise<TrackedLink> {
  const { address, node, prefix, changed, flushed } = options
  const socket = await dial(options)
  socket.on('error', () => {}) // the reader says it
  const reader = new ByteReader(socket)

  const answer = async (): Promise<RespValue> => {
    for (;;) {
      const value = await readValue(reader)
      if (!(value instanceof RespPush)) return value
      const [kind, keys] = value.items
      if (String(kind) !== 'invalidate') continue
      if (Array.isArray(keys)) for (const key of keys as Buffer[]) changed(key.toString('latin1'))
      else flushed()
    }
  }

  async function ask(commands: readonly (readonly string[])[]): Promise<RespValue[]> {
    const answers: RespValue[] = []
    try {
      socket.write(Buffer.concat(commands.map(encodeCommand)))
      for (let n = 0; n < commands.length; n++) answers.push(await answer())
    } catch (error) {
      throw refused(node, `did not give its keys: ${error instanceof Error ? error.message : String(error)}`)
    }
    for (const [at, one] of answers.entries()) {
      const fault = Array.isArray(one) ? one.find((inner) => inner instanceof RespFault) : one
      if (fault instanceof RespFault) throw why(node, commands[at]!, fault.said)
    }
    return answers
  }

  try {
    const auth = login(options)
    if (auth !== null) await ask([auth.map(bytesOf)])
    await ask([['HELLO', '3']])
    if (address.db !== 0) await ask([['SELECT', String(address.db)]])
    if (address.isCluster) await ask([['READONLY']])
    await ask([['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', bytesOf(prefix)]])
    return { ask, close: () => socket.destroy() }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

function why(node: StoreNode, [name = '', second = '']: readonly string[], said: string): BackupError {
  const shown = name === 'AUTH' ? name : `${name} ${name === 'CLIENT' ? second : ''}`.trim()
  if (/^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b/.test(said))
    return refused(node, 'gave slots away while it was copied; take the backup once the move is over')
  if (name === 'AUTH') return refused(node, 'does not take this user and password')
  return refused(node, `refused ${shown}: ${said.slice(0, 200)}`)
}
