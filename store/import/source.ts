/** The store that keys are taken from: any Redis or Valkey since 2.8, one server or a cluster. It is only read. */
import { parseStoreAddress, showAddress } from '../connection/address.ts'
import { Cluster, connect, type Redis, type StoreAccess } from '../connection/client.ts'
import type { Argument } from '../connection/connection.ts'
import { StoreError, storeError } from '../errors.ts'
import { mastersOf } from '../connection/masters.ts'
import { readInfo } from '../node-info.ts'
import { ImportError } from './import-error.ts'

/** A key as it stood when it was read. */
export interface Taken {
  readonly key: Buffer
  readonly dump: Buffer
  /** That it had left; 0 = it does not expire. */
  readonly leftMs: number
}

export interface Source {
  /** Without user and password. */
  readonly shown: string
  /** As `redis 6.2.1`. */
  readonly engine: string
  readonly runIds: ReadonlySet<string>
  /** Databases beside the one that is read, and how many keys each holds. */
  readonly others: readonly { readonly db: number; readonly keys: number }[]
  count(): Promise<number>
  /** Each key at least once that is there from the beginning to the end. */
  keys(): AsyncIterable<Buffer[]>
  /** Those that are gone meanwhile are left out. */
  read(keys: readonly Buffer[]): Promise<Taken[]>
  /** One command on one key; strings as Buffers. */
  ask(command: string, key: Buffer, ...args: Argument[]): Promise<unknown>
  close(): void
}

/** A large value takes a while to dump. */
const DEADLINE_MS = 120_000
const KEYS_A_SCAN = 500

/** Throws ImportError where it cannot be reached or does not let us in. */
export async function openSource(url: string, access: StoreAccess): Promise<Source> {
  const address = parseStoreAddress(url)
  const shown = showAddress(address)
  let last: StoreError | null = null
  const client = await new Promise<Redis | Cluster>((resolve, reject) => {
    const opened = connect({
      url,
      access,
      deadlineMs: DEADLINE_MS,
      trouble: (error) => {
        last = error
        opened.disconnect()
        reject(faultOf(shown, error))
      },
      connected: () => resolve(opened),
    })
  })
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      throw faultOf(shown, storeError(cause, last))
    }
  }
  const texts = await asked(() => Promise.all(mastersOf(client, last).map((node) => node.info())))
  const first = readInfo(shown, texts[0] ?? '')
  return {
    shown,
    engine: `${first.family} ${first.version}`,
    runIds: new Set(texts.map((text) => readInfo(shown, text).runId).filter((id) => id !== '')),
    others: [...(texts[0] ?? '').matchAll(/^db(\d+):keys=(\d+)/gm)]
      .map(([, db, keys]) => ({ db: Number(db), keys: Number(keys) }))
      .filter(({ db }) => db !== address.db),
    count: () =>
      asked(async () => {
        const counts = await Promise.all(mastersOf(client, last).map((node) => node.dbsize()))
        return counts.reduce((sum, count) => sum + count, 0)
      }),
    async *keys() {
      for (const node of await asked(async () => mastersOf(client, last))) {
        let cursor = '0'
        do {
          const [next, keys] = await asked(() => node.scanBuffer(cursor, 'COUNT', KEYS_A_SCAN))
          cursor = next.toString()
          if (keys.length > 0) yield keys
        } while (cursor !== '0')
      }
    },
    read: (keys) =>
      asked(async () => {
        const all = await Promise.all(
          keys.map(async (key) => {
            const [dump, left] = await Promise.all([client.callBuffer('DUMP', key), client.pttl(key)])
            // -2: it went between the two; -1: it does not expire.
            return left === -2 || dump === null
              ? null
              : { key, dump: dump as Buffer, leftMs: left < 0 ? 0 : Math.max(1, left) }
          }),
        )
        return all.filter((one) => one !== null)
      }),
    ask: (command, key, ...args) => asked(() => client.callBuffer(command, key, ...args)),
    close: () => client.disconnect(),
  }
}

/** Of the errors of a store, said of the other one. */
function faultOf(shown: string, { message }: StoreError): ImportError {
  return new ImportError(`${shown}, which is to be imported: ${message}`)
}
