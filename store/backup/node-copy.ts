/**
 * All of one node at one moment, by the protocol that its replicas use: the node forks, and sends what it then holds as an RDB. It goes on answering, nothing is
 * written to its disk, and neither SAVE nor CONFIG is needed; the user needs +sync and +replconf. Reading key by key could not do that: a partition is many keys,
 * changes many times a second, and no call may be long enough to read all of it.
 */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ByteReader } from './byte-reader.ts'
import { dial, login, refused, type NodeOptions } from './dial.ts'
import { BackupError, diskFault } from './fault.ts'

const MARK_BYTES = 40

export interface NodeCopyOptions extends NodeOptions {
  /** Where the RDB is written to. */
  readonly file: string
  /** `total` null = the node does not say. */
  readonly progress?: (bytes: number, total: number | null) => void
}

/**
 * What Valkey is told of the reader where it gives up without: a copy for readers of any age cannot hold keys of new kinds (hashes with fields that expire, 9.0). First it is
 * asked for that one, which older programs can read too.
 */
const NEW_READER = '9.1.0'

/** Throws BackupError. */
export async function copyNode(options: NodeCopyOptions): Promise<void> {
  try {
    await copyOnce(options, null)
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'NOT_COPIED') throw error
    await copyOnce(options, NEW_READER)
  }
}

async function copyOnce(options: NodeCopyOptions, readerVersion: string | null): Promise<void> {
  const { node, file } = options
  const socket = await dial(options)
  const write = createWriteStream(file, { mode: 0o600 })
  let writeFault: BackupError | null = null
  write.on('error', (error) => (writeFault = diskFault(error, tmpdirOf(file))))
  try {
    await pipeline(Readable.from(rdbOf(new ByteReader(socket), socket, options, readerVersion)), write)
  } catch (error) {
    await rm(file, { force: true }) // half a copy must not look like one
    if (error instanceof BackupError || writeFault !== null) throw writeFault ?? error
    throw new BackupError(
      'NOT_COPIED',
      `${node.host}:${node.port} did not give its copy: ${error instanceof Error ? error.message : String(error)}`,
    )
  } finally {
    socket.destroy()
  }
}

const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`

async function* rdbOf(
  incoming: ByteReader,
  socket: Socket,
  options: NodeCopyOptions,
  readerVersion: string | null,
): AsyncGenerator<Buffer> {
  const { node } = options
  const ask = async (...words: string[]): Promise<string> => {
    socket.write(command(...words))
    // The next line that holds anything: while it forks, a server keeps the connection alive by empty ones.
    for (;;) {
      const line = ended(await incoming.line()).trim()
      if (line !== '') return line
    }
  }
  const auth = login(options) as Parameters<typeof ask> | null
  if (auth !== null && !(await ask(...auth)).startsWith('+'))
    throw refused(node, 'does not take this user and password')
  await ask('REPLCONF', 'rdb-only', '1') // keeps no backlog for us; a server that does not know it sends the same copy
  await ask('REPLCONF', 'capa', 'eof') // from memory to us, without its disk
  if (readerVersion !== null) await ask('REPLCONF', 'version', readerVersion)
  const head = await ask('SYNC')
  if (head.startsWith('-'))
    throw new BackupError('NO_SYNC', `${node.host}:${node.port} gives no copy of itself (${whyNot(head)})`)
  if (!head.startsWith('$')) throw refused(node, 'answers SYNC with something else than a copy')
  let sent = 0
  const count = (chunk: Buffer, total: number | null): Buffer => {
    options.progress?.((sent += chunk.length), total)
    return chunk
  }
  if (!head.startsWith('$EOF:')) {
    const total = Number(head.slice(1))
    for (let left = total; left > 0; ) {
      const chunk = ended(await incoming.some(left))
      left -= chunk.length
      yield count(chunk, total)
    }
    return
  }
  const mark = Buffer.from(head.slice('$EOF:'.length), 'latin1')
  let tail: Buffer = Buffer.alloc(0)
  for (;;) {
    tail = Buffer.concat([tail, ended(await incoming.some(Infinity))])
    // It sends nothing behind the mark before it is told that the copy was taken.
    if (tail.length >= MARK_BYTES && tail.subarray(tail.length - MARK_BYTES).equals(mark)) {
      if (tail.length > MARK_BYTES) yield count(tail.subarray(0, tail.length - MARK_BYTES), null)
      return
    }
    if (tail.length <= MARK_BYTES) continue
    yield count(tail.subarray(0, tail.length - MARK_BYTES), null)
    tail = Buffer.from(tail.subarray(tail.length - MARK_BYTES))
  }
}

function ended<T>(read: T | null): T {
  if (read === null) throw new Error('it closed the connection before the copy was whole')
  return read
}

const tmpdirOf = (file: string): string => `${dirname(dirname(file))}, where temporary files go (TMPDIR)`

const whyNot = (said: string): string =>
  said.startsWith('-NOPERM') ? 'its user lacks +sync and +replconf' : said.slice(1, 100).trim()
