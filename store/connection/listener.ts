/** Channels of the store, heard on a connection of its own. One that listens cannot log in again: before its login is too old another one takes its place, and nothing that is said meanwhile is missed. */
import type { Cluster, Redis } from './client.ts'

const AGAIN_MS = 10_000

export class Listener {
  readonly #open: () => Redis | Cluster
  readonly #channels = new Map<string, Set<(message: string) => void>>()
  readonly #renewMs: number | undefined
  #connection: Redis | Cluster | null = null
  #timer: NodeJS.Timeout | null = null
  #isClosed = false

  /** `renewMs`: how old a login may become; without it, as old as it likes. */
  constructor(open: () => Redis | Cluster, renewMs: number | undefined) {
    this.#open = open
    this.#renewMs = renewMs
  }

  /** `first`: how the first one on a channel asks for it. Resolves to its end. */
  async subscribe(
    channel: string,
    heard: (message: string) => void,
    first: (ask: () => Promise<unknown>) => Promise<unknown>,
  ): Promise<() => Promise<void>> {
    const connection = (this.#connection ??= this.#begin())
    const ears = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, ears.add(heard))
    if (ears.size === 1) await first(() => connection.ssubscribe(channel))
    return async () => {
      ears.delete(heard)
      if (ears.size > 0 || this.#channels.get(channel) !== ears) return
      this.#channels.delete(channel)
      await this.#connection?.sunsubscribe(channel).catch(() => 0)
    }
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#connection?.disconnect()
  }

  #begin(): Redis | Cluster {
    this.#renewIn(this.#renewMs)
    return this.#connect()
  }

  #connect(): Redis | Cluster {
    const made = this.#open()
    made.on('smessage', (channel: string, message: string) => {
      for (const heard of this.#channels.get(channel) ?? []) heard(message)
    })
    return made
  }

  #renewIn(ms: number | undefined): void {
    if (ms === undefined || this.#isClosed) return
    this.#timer = setTimeout(() => void this.#renew(), ms)
    this.#timer.unref()
  }

  async #renew(): Promise<void> {
    const next = this.#connect()
    const asked = new Set<string>()
    const missing = (): string[] => [...this.#channels.keys()].filter((channel) => !asked.has(channel))
    try {
      for (let some = missing(); some.length > 0; some = missing())
        await Promise.all(
          some.map((channel) => {
            asked.add(channel)
            return next.ssubscribe(channel)
          }),
        )
    } catch {
      // The one that stands is the better one.
      next.disconnect()
      return this.#renewIn(Math.min(AGAIN_MS, this.#renewMs!))
    }
    if (this.#isClosed) return next.disconnect()
    const old = this.#connection
    this.#connection = next
    old?.disconnect()
    this.#renewIn(this.#renewMs)
  }
}
