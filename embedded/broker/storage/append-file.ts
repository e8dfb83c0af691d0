import { open, type FileHandle } from 'node:fs/promises'

/** Buffers a single system call may take. */
const MAX_BUFFERS = 512

/**
 * A file that only grows, whole appends at a time: an append either is in the file or leaves it as it was.
 * What was appended survives the death of this process at once, and the death of the machine after `sync`.
 */
export class AppendFile {
  readonly path: string
  readonly #handle: FileHandle
  #sizeBytes: number
  #unsynced = false
  #broken: Error | null = null

  private constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.path = path
    this.#handle = handle
    this.#sizeBytes = sizeBytes
  }

  static async open(path: string): Promise<AppendFile> {
    // Not 'a': in append mode positional writes are ignored, and a failed append could not be undone safely.
    const handle = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return open(path, 'wx+')
      throw error
    })
    return new AppendFile(path, handle, (await handle.stat()).size)
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Appends all buffers or none; rejects with the system's error. One append at a time. */
  async append(buffers: readonly Buffer[]): Promise<void> {
    if (this.#broken !== null) throw this.#broken
    let at = this.#sizeBytes
    try {
      for (let first = 0; first < buffers.length; first += MAX_BUFFERS) {
        at = await this.#write(buffers.slice(first, first + MAX_BUFFERS), at)
      }
    } catch (error) {
      await this.#undo()
      throw error
    }
    this.#sizeBytes = at
    this.#unsynced = true
  }

  async #write(buffers: readonly Buffer[], from: number): Promise<number> {
    let at = from
    let rest = buffers
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(rest, at)
      at += bytesWritten
      rest = withoutFirst(rest, bytesWritten)
    }
    return at
  }

  async #undo(): Promise<void> {
    try {
      await this.#handle.truncate(this.#sizeBytes)
    } catch (error) {
      // Half an append stays behind: nothing may follow it until a restart has cut it off.
      this.#broken = new Error(
        `${this.path} could not be cut back after a failed write; restart the broker`,
        { cause: error },
      )
    }
  }

  /** Reads up to `length` bytes at `position`; fewer at the end of the file. */
  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#sizeBytes - position)))
    let done = 0
    while (done < buffer.length) {
      const { bytesRead } = await this.#handle.read(buffer, done, buffer.length - done, position + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return buffer.subarray(0, done)
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes)
    await this.#handle.datasync()
    this.#sizeBytes = sizeBytes
  }

  /** Makes what was appended survive the machine. */
  async sync(): Promise<void> {
    if (!this.#unsynced) return
    this.#unsynced = false
    try {
      await this.#handle.datasync()
    } catch (error) {
      this.#unsynced = true
      throw error
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

function withoutFirst(buffers: readonly Buffer[], bytes: number): readonly Buffer[] {
  let left = bytes
  let i = 0
  while (i < buffers.length && left >= buffers[i]!.length) left -= buffers[i++]!.length
  return left === 0 ? buffers.slice(i) : [buffers[i]!.subarray(left), ...buffers.slice(i + 1)]
}
