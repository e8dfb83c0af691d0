/** Where the keys of an import go: their names, and the one rule that none of them is ours. */
import type { Command, Store } from '../connection/connection.ts'
import { StoreError } from '../errors.ts'
import { dumpVersion } from '../dump-version.ts'
import { ImportError } from './import-error.ts'
import type { Taken } from './source.ts'

export interface TargetOptions {
  readonly store: Store
  readonly isCluster: boolean
  /** Put before every name; '' = as it is. */
  readonly prefix: string
}

const OURS = Buffer.from('tm:')
const WRONG_DUMP = /payload version or checksum|bad data format/i

export class Target {
  readonly store: Store
  readonly #isCluster: boolean
  readonly #prefix: Buffer

  constructor({ store, isCluster, prefix }: TargetOptions) {
    this.store = store
    this.#isCluster = isCluster
    this.#prefix = Buffer.from(prefix)
  }

  /** Null = it would be a key of Tidemark. */
  nameOf(key: Buffer): Buffer | null {
    const name = this.#prefix.length === 0 ? key : Buffer.concat([this.#prefix, key])
    return name.subarray(0, OURS.length).equals(OURS) ? null : name
  }

  /** Of the dumps that it writes; null = it may not be asked. */
  async dumpVersion(): Promise<number | null> {
    const [dump] = await this.store.each([['FUNCTION', 'DUMP']])
    return Buffer.isBuffer(dump) ? dumpVersion(dump) : null
  }

  /** `isOurs`: whether this import wrote the key before. Throws ImportError, StoreError. */
  async write(taken: readonly Taken[], mayReplace: (key: Buffer) => boolean, engine: string): Promise<void> {
    const replies = await this.each(
      taken.map(({ key, dump, leftMs }) => [
        'RESTORE',
        this.nameOf(key)!,
        leftMs,
        dump,
        ...(mayReplace(key) ? ['REPLACE'] : []),
      ]),
    )
    for (const [at, reply] of replies.entries()) {
      if (!(reply instanceof StoreError)) continue
      const name = show(this.nameOf(taken[at]!.key)!)
      if (/BUSYKEY/.test(reply.message))
        throw new ImportError(
          `the key ${name} is in the store already: give another --prefix, or --replace to have it written over.`,
        )
      if (WRONG_DUMP.test(reply.message))
        throw new ImportError(
          `the store cannot read the dump of ${name} by ${engine}: import into an engine that is at least as new, and of the same family.`,
        )
      throw reply
    }
  }

  async remove(keys: readonly Buffer[]): Promise<number> {
    const replies = await this.each(keys.map((key) => ['DEL', this.nameOf(key)!]))
    return replies.map(thrown).reduce<number>((sum, reply) => sum + Number(reply), 0)
  }

  async exist(keys: readonly Buffer[]): Promise<boolean[]> {
    const replies = await this.each(keys.map((key) => ['EXISTS', this.nameOf(key)!]))
    return replies.map((reply) => Number(thrown(reply)) === 1)
  }

  /** Commands on keys of any slot; one that fails gives its StoreError. */
  async each(commands: readonly Command[]): Promise<unknown[]> {
    if (commands.length === 0) return []
    if (!this.#isCluster) return this.store.each(commands)
    return (await Promise.all(commands.map((command) => this.store.each([command])))).flat()
  }
}

function thrown(reply: unknown): unknown {
  if (reply instanceof StoreError) throw reply
  return reply
}

/** A name may be any bytes. */
export const show = (key: Buffer): string => JSON.stringify(key.toString()).slice(0, 200)
