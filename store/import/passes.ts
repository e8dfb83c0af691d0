/**
 * Takes keys over, pass after pass: the first takes all, each later one what changed or went since, until one finds nothing. A source that says what changes is read once,
 * and then what it named; another one is read whole each time. What was taken is remembered by a digest of its dump as the source gave it: dumps of two engines differ where
 * their contents do not.
 */
import { createHash } from 'node:crypto'
import { canRestore, dumpVersion } from '../dump-version.ts'
import { ImportError } from './import-error.ts'
import type { Source, Taken } from './source.ts'
import { show, type Target } from './target.ts'
import type { Tracker } from './tracker.ts'

export interface PassOptions {
  readonly source: Source
  readonly target: Target
  /** Open since before the first pass. */
  readonly tracker?: Tracker | null
  /** Keys that are in the store and not of this import are written over. */
  readonly replace: boolean
  readonly progress?: (seen: number, total: number) => void
}

export interface Pass {
  /** Keys of the source, each once. */
  readonly seen: number
  readonly copied: number
  readonly removed: number
  /** They would be keys of Tidemark. */
  readonly leftOut: number
}

interface Remembered {
  readonly digest: string
  /** By our clock; 0 = it does not expire. */
  readonly expiresMs: number
  pass: number
}

const KEYS_A_READ = 64
const DIGEST_BYTES = 16
/** Between two readings of what a key has left there is the way to the server. */
const EXPIRY_APART_MS = 1000

export class Passes {
  readonly #options: PassOptions
  readonly #taken = new Map<string, Remembered>()
  #pass = 0
  #isFit = false

  constructor(options: PassOptions) {
    this.#options = options
  }

  /** Keys of the source that are in the store now. */
  get keys(): Buffer[] {
    return Array.from(this.#taken.keys(), (name) => Buffer.from(name, 'latin1'))
  }

  /** Throws ImportError, StoreError. */
  async next(): Promise<Pass> {
    const named = await this.#options.tracker?.changed()
    return this.#pass++ > 0 && named ? this.#ofNamed(named) : this.#ofAll()
  }

  async #ofNamed(names: readonly string[]): Promise<Pass> {
    const { source, target, progress } = this.#options
    const keys = names.map((name) => Buffer.from(name, 'latin1')).filter((key) => target.nameOf(key) !== null)
    let [copied, removed] = [0, 0]
    for (let at = 0; at < keys.length; at += KEYS_A_READ) {
      const some = keys.slice(at, at + KEYS_A_READ)
      copied += await this.#copy(await source.read(some))
      removed += await this.#remove(
        some.map((key) => key.toString('latin1')).filter((name) => this.#taken.has(name)),
      )
      progress?.(at + some.length, keys.length)
    }
    return { seen: this.#taken.size, copied, removed, leftOut: 0 }
  }

  async #ofAll(): Promise<Pass> {
    const { source, target, tracker, progress } = this.#options
    const total = await source.count()
    const left = new Set<string>()
    let [copied, seen] = [0, 0]
    for await (const keys of source.keys()) {
      await tracker?.listen()
      for (let at = 0; at < keys.length; at += KEYS_A_READ) {
        const some = keys.slice(at, at + KEYS_A_READ)
        const wanted = some.filter((key) => {
          if (target.nameOf(key) !== null) return true
          left.add(key.toString('latin1'))
          return false
        })
        copied += await this.#copy(await source.read(wanted))
        progress?.((seen += some.length), Math.max(total, seen))
      }
    }
    const removed = await this.#removeGone()
    return { seen: this.#taken.size, copied, removed, leftOut: left.size }
  }

  async #copy(all: readonly Taken[]): Promise<number> {
    const { source, target, replace } = this.#options
    const changed: [name: string, taken: Taken, remembered: Remembered][] = []
    for (const taken of all) {
      const name = taken.key.toString('latin1')
      const now = remember(taken, this.#pass)
      const before = this.#taken.get(name)
      if (before !== undefined && isSame(before, now)) before.pass = this.#pass
      else changed.push([name, taken, now])
    }
    // A scan may name a key twice.
    const once = [...new Map(changed.map((one) => [one[0], one])).values()]
    if (once.length === 0) return 0
    if (!this.#isFit) await this.#checkFit(once[0]![1])
    await target.write(
      once.map(([, taken]) => taken),
      (key) => replace || this.#taken.has(key.toString('latin1')),
      source.engine,
    )
    for (const [name, , now] of once) this.#taken.set(name, now)
    return once.length
  }

  async #checkFit({ key, dump }: Taken): Promise<void> {
    await checkDumps(this.#options, key, dump)
    this.#isFit = true
  }

  /** What was there before and was not seen in this pass. */
  #removeGone(): Promise<number> {
    return this.#remove([...this.#taken].filter(([, { pass }]) => pass !== this.#pass).map(([name]) => name))
  }

  /** Those of them that the source does not have any more. */
  async #remove(unseen: readonly string[]): Promise<number> {
    const { source, target } = this.#options
    let removed = 0
    for (let at = 0; at < unseen.length; at += KEYS_A_READ) {
      const some = unseen.slice(at, at + KEYS_A_READ)
      const there = await Promise.all(
        some.map((name) => source.ask('EXISTS', Buffer.from(name, 'latin1')).then((reply) => Number(reply))),
      )
      const gone = some.filter((_, index) => there[index] === 0)
      removed += await target.remove(gone.map((name) => Buffer.from(name, 'latin1')))
      for (const name of gone) this.#taken.delete(name)
    }
    return removed
  }
}

/** Throws ImportError where the store would refuse every dump of the source. */
export async function checkDumps(
  { source, target }: Pick<PassOptions, 'source' | 'target'>,
  key: Buffer,
  dump: Buffer,
): Promise<void> {
  const [theirs, ours] = [dumpVersion(dump), await target.dumpVersion()]
  if (ours !== null && !canRestore(theirs, ours))
    throw new ImportError(
      `the store cannot read the dumps of ${source.engine} (version ${theirs} of ${show(key)}, it reads ${ours}): import into an engine that is at least as new, and of the same family.`,
    )
}

function remember({ dump, leftMs }: Taken, pass: number): Remembered {
  const digest = createHash('sha256').update(dump).digest().toString('latin1', 0, DIGEST_BYTES)
  return { digest, expiresMs: leftMs === 0 ? 0 : Date.now() + leftMs, pass }
}

const isSame = (a: Remembered, b: Remembered): boolean =>
  a.digest === b.digest &&
  (a.expiresMs === 0) === (b.expiresMs === 0) &&
  Math.abs(a.expiresMs - b.expiresMs) <= EXPIRY_APART_MS
