/**
 * The engine behind an endpoint, watched on connections of its own: its commands, whether it can vouch for anything at all, and which replicas must have a write on disk.
 * ROLE lists the replicas that are in sync, cheaply; it is asked anew for every batch of writes, and one question serves all that wait for it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseStoreAddress } from '../connection/address.ts'
import { connect, Redis, type StoreAccess } from '../connection/client.ts'
import { StoreError } from '../errors.ts'
import { CONNECT_TIMEOUT_MS } from '../connection/sentinel.ts'
import { CommandKinds, type CommandRow } from './command-kinds.ts'
import { Hurry } from './hurry.ts'
import type { DiskWatch } from './session.ts'

export interface EngineOptions {
  readonly url: string
  readonly access?: StoreAccess
  /** Replicas that must have a write whoever is there; null = as many as were ever seen. */
  readonly replicas: number | null
  /** The engine is no primary any more, or another one. */
  readonly changed: (why: string) => void
  readonly trouble: (error: StoreError) => void
}

/** The engine cannot be used for this. Its message is one sentence. */
export class UnfitEngine extends Error {
  override readonly name = 'UnfitEngine'
}

const POLL_MS = 1000
const DEADLINE_MS = 5000
const PLACE_EVERY_MS = 50
/** More replicas than anybody has, so that the question is put to all of them and never answered early. */
const NEVER_REACHED = 100_000

type Role = readonly [string, number, readonly (readonly [string, string, string])[]]

export class Engine implements DiskWatch {
  readonly kinds: CommandKinds
  readonly #options: EngineOptions
  readonly #control: Redis
  readonly #second: Redis
  #seen = 0
  /** How often the engine changed; a connection from before a change leads to another one. */
  changes = 0
  #running: Promise<number | null> | null = null
  #next: Promise<number | null> | null = null
  readonly #poll: NodeJS.Timeout
  readonly #hurry: Hurry
  #isClosed = false

  private constructor(
    options: EngineOptions,
    control: Redis,
    second: Redis,
    kinds: CommandKinds,
    role: Role,
  ) {
    this.#options = options
    this.#control = control
    this.#second = second
    this.kinds = kinds
    this.#seen = inSync(role)
    this.#hurry = new Hurry(() => second.call('WAIT', NEVER_REACHED, 1))
    this.#poll = setInterval(() => void this.fresh(), POLL_MS)
  }

  /** Throws {@link UnfitEngine}, StoreError, StoreAddressError. */
  static async open(options: EngineOptions): Promise<Engine> {
    let trouble: StoreError | null = null
    let isOpen = false
    const link = (connected: () => void): Redis => {
      const client = connect({
        url: options.url,
        ...(options.access && { access: options.access }),
        deadlineMs: DEADLINE_MS,
        trouble: (error) => {
          trouble ??= error
          options.trouble(error)
        },
        connected,
      })
      if (client instanceof Redis) return client
      client.disconnect()
      throw new UnfitEngine(
        'an endpoint stands before one primary: name it by redis:// or rediss://, for a cluster one endpoint for each',
      )
    }
    const links: Redis[] = []
    let engineAway = (): void => {}
    try {
      // Who answers at the address now may be another server than the one that clients still speak to.
      links.push(link(() => isOpen && engineAway()))
      links.push(link(() => {}))
      for (const one of links) await ready(one, () => trouble)
      const [control, second] = links as [Redis, Redis]
      const engine = new Engine(options, control, second, ...(await inspect(control)))
      engineAway = () => engine.#changed('the engine was away')
      isOpen = true
      return engine
    } catch (error) {
      for (const one of links) one.disconnect()
      throw error
    }
  }

  /**
   * Where the watched primary is now, for an address that leads to one; null = it stands in the address. While the sentinels lead to another primary a client
   * waits for it as long as for a connection. Throws UnfitEngine where it stays away.
   */
  async place(): Promise<{ host: string; port: number } | null> {
    if (parseStoreAddress(this.#options.url).primaryName === null) return null
    for (const endMs = performance.now() + CONNECT_TIMEOUT_MS; ; await sleep(PLACE_EVERY_MS)) {
      const { remoteAddress, remotePort } = this.#control.stream ?? {}
      if (this.#control.status === 'ready' && remoteAddress !== undefined && remotePort !== undefined)
        return { host: remoteAddress, port: remotePort }
      if (performance.now() > endMs || this.#isClosed) throw new UnfitEngine('the primary is away')
    }
  }

  get replicas(): number {
    return this.#options.replicas === null ? this.#seen : Math.max(this.#options.replicas, this.#seen)
  }

  fresh(): Promise<number | null> {
    if (this.#running === null) {
      this.#running = this.#ask().finally(() => (this.#running = null))
      return this.#running
    }
    // What is on its way may have been answered already: whoever asks now needs the one after it.
    this.#next ??= this.#running.then(() => {
      this.#next = null
      return this.fresh()
    })
    return this.#next
  }

  async #ask(): Promise<number | null> {
    try {
      const role = (await this.#control.call('ROLE')) as Role
      if (this.#isClosed) return null
      if (role[0] !== 'master') {
        this.#changed('the engine is no primary any more')
        return null
      }
      const now = inSync(role)
      // Where the number is not given, a replica that goes away is missed: whoever is promoted next might be that one.
      this.#seen = this.#options.replicas === null ? Math.max(this.#seen, now) : now
      return this.replicas
    } catch {
      return null
    }
  }

  #changed(why: string): void {
    this.changes++
    this.#options.changed(why)
  }

  hurry(): () => void {
    return this.#hurry.begin()
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#poll)
    this.#hurry.close()
    this.#control.disconnect()
    this.#second.disconnect()
  }
}

const inSync = (role: Role): number => (role[0] === 'master' ? role[2].length : 0)

function ready(client: Redis, trouble: () => StoreError | null): Promise<void> {
  return new Promise((resolve, reject) => {
    if (client.status === 'ready') return resolve()
    const failed = (): void => reject(trouble() ?? new UnfitEngine('the engine cannot be reached'))
    client.once('ready', () => {
      client.off('close', failed)
      resolve()
    })
    client.once('close', failed)
  })
}

async function inspect(control: Redis): Promise<[CommandKinds, Role]> {
  const ask = async (command: string, ...args: number[]): Promise<unknown> =>
    control.call(command, ...args).catch((error: Error) => {
      if (/NOPERM/.test(error.message))
        throw new UnfitEngine(
          `the user of the endpoint may not ask ${command}: give it +command +role +wait +waitaof`,
        )
      throw error
    })
  const rows = (await ask('COMMAND')) as CommandRow[]
  if (!rows.some(([name]) => name.toLowerCase() === 'waitaof'))
    throw new UnfitEngine(
      'the engine cannot say what is on its disk (it has no WAITAOF): take Valkey 7.2, Redis 7.2 or a newer one',
    )
  const role = (await ask('ROLE')) as Role
  if (role[0] !== 'master') throw new UnfitEngine('the engine is a replica: name the primary')
  await ask('WAITAOF', 1, 0, 1).catch((error: Error) => {
    if (/appendonly/.test(error.message))
      throw new UnfitEngine(
        'the engine keeps nothing on disk (its appendonly is off): set appendonly yes, on its replicas too',
      )
    throw error
  })
  return [new CommandKinds(rows), role]
}
