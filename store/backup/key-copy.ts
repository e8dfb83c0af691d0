/**
 * All keys of one node that does not let itself be copied as its replicas do, such as one of a managed store: read key by key, and yet each partition of one moment.
 *
 * The rule: the node says which keys change while they are read (tracked-link.ts). A partition is read in passes, each of what changed during the one before, until
 * little is left: the hot keys. Those are read in one transaction. If by the time that its answer is there no other key of the partition has changed since it was
 * read, then every key is as it was at the moment of the transaction, and the copy is good. Otherwise what did change is hot too, and the transaction is made again.
 */
import type { Store } from '../connection/connection.ts'
import { isTooOld, writeEntries, type Entry } from './entries.ts'
import { BackupError } from './fault.ts'
import { groupOf, REST } from './groups.ts'
import type { RespValue } from './resp.ts'
import { openTracked, type TrackedLink } from './tracked-link.ts'
import type { NodeOptions } from './dial.ts'

export interface KeyCopyOptions extends NodeOptions {
  /** Empty, and nobody else's. */
  readonly target: Store
  readonly progress?: (keys: number, total: number) => void
}

const KEYS_A_READ = 100
/** A transaction holds everybody up for as long as it takes to write so much out. One apply changes some thousand keys at the very most. */
const HOT_KEYS = 5000
const HOT_BYTES = 8 * 2 ** 20
/** So many times what just changed, and a few: then most of what is hot has cooled down. */
const COOLED = 4
const FEW_KEYS = 100
/** Of one partition; each is of what changed during the one before. */
const PASSES = 1000
const OURS = 'tm:'

/** Throws BackupError, StoreError. */
export async function copyKeys(options: KeyCopyOptions): Promise<void> {
  const changed = new Map<string, Set<string>>()
  let isFlushed = false
  const link = await openTracked({
    ...options,
    prefix: OURS,
    flushed: () => (isFlushed = true),
    changed(key) {
      const group = groupOf(key)
      const keys = changed.get(group)
      if (keys === undefined) changed.set(group, new Set([key]))
      else keys.add(key)
    },
  })
  try {
    await new KeyCopy(options, link, changed).all()
    if (isFlushed) throw cannot(options, 'was emptied while it was copied')
  } finally {
    link.close()
  }
}

const cannot = ({ node }: NodeOptions, why: string): BackupError =>
  new BackupError('NOT_COPIED', `${node.host}:${node.port} ${why}`)

class KeyCopy {
  readonly #options: KeyCopyOptions
  readonly #link: TrackedLink
  /** By group: what was said to have changed and was not read since. */
  readonly #changed: Map<string, Set<string>>

  constructor(options: KeyCopyOptions, link: TrackedLink, changed: Map<string, Set<string>>) {
    this.#options = options
    this.#link = link
    this.#changed = changed
  }

  async all(): Promise<void> {
    const groups = await this.#scan()
    const total = [...groups.values()].reduce((sum, keys) => sum + keys.size, 0)
    let done = 0
    for (const [group, keys] of groups) {
      if (group === REST) await this.#read(keys)
      else await this.#partition(group, keys)
      this.#options.progress?.((done += keys.size), total)
    }
    // A partition that began meanwhile.
    for (const group of this.#changed.keys())
      if (group !== REST && !groups.has(group)) await this.#partition(group, this.#take(group))
    // Catalogs last: a generation that is named and not there is counted anew, one that is gone is not asked for.
    await this.#read(this.#take(REST))
  }

  async #scan(): Promise<Map<string, Set<string>>> {
    const groups = new Map<string, Set<string>>()
    let cursor = '0'
    do {
      const [answer] = await this.#link.ask([['SCAN', cursor, 'COUNT', '1000']])
      const [next, keys] = answer as [Buffer, Buffer[]]
      cursor = next.toString()
      for (const bytes of keys) {
        const key = bytes.toString('latin1')
        const group = groupOf(key)
        const known = groups.get(group)
        if (known === undefined) groups.set(group, new Set([key]))
        else known.add(key)
      }
    } while (cursor !== '0')
    return groups
  }

  /** What changed of a group, which counts as read from now on: a later change is said again. */
  #take(group: string): Set<string> {
    const keys = this.#changed.get(group) ?? new Set()
    this.#changed.delete(group)
    return keys
  }

  async #partition(group: string, all: Set<string>): Promise<void> {
    let hot = all
    for (let pass = 0; pass < PASSES; pass++) {
      hot = new Set([...hot, ...this.#take(group)])
      if (hot.size > HOT_KEYS) {
        await this.#read(hot)
        hot = this.#take(group)
        continue
      }
      const entries = await this.#atOnce([...hot])
      const missed = this.#take(group)
      if ([...missed].every((key) => hot.has(key))) return this.#write(entries)
      const bytes = entries.reduce((sum, { dump }) => sum + (dump?.length ?? 0), 0)
      if (bytes > HOT_BYTES || hot.size > COOLED * missed.size + FEW_KEYS) {
        // Too much to be read again and again: it is kept as it is now, and what changed since counts from here on.
        await this.#write(entries)
        hot = missed
      } else for (const key of missed) hot.add(key)
    }
    throw cannot(
      this.#options,
      `changes partition ${group} faster than it can be read: take the backup when less is counted`,
    )
  }

  /** Of one moment; and who has the answer knows of every change before it. */
  async #atOnce(keys: readonly string[]): Promise<Read[]> {
    const reads = keys.flatMap(read)
    const answers = await this.#link.ask([['MULTI'], ...reads, ['EXEC']])
    await this.#link.ask([['PING']])
    return readsOf(keys, answers.at(-1) as RespValue[])
  }

  async #read(all: ReadonlySet<string>): Promise<void> {
    const keys = [...all]
    for (let at = 0; at < keys.length; at += KEYS_A_READ) {
      const some = keys.slice(at, at + KEYS_A_READ)
      await this.#write(readsOf(some, await this.#link.ask(some.flatMap(read))))
    }
  }

  /** A key that is gone goes, whatever an earlier pass found. */
  async #write(reads: readonly Read[]): Promise<void> {
    const { target } = this.#options
    const gone = reads.filter(({ dump }) => dump === null).map(({ key }) => key)
    if (gone.length > 0) await target.pipeline([['UNLINK', ...gone]])
    const there = reads.filter((one): one is Entry => one.dump !== null)
    const all = async function* (): AsyncGenerator<Entry> {
      yield* there
    }
    await writeEntries(target, all()).catch((error: unknown) => {
      if (!isTooOld(error)) throw error
      throw cannot(
        this.#options,
        'is newer than the server program that reads its keys here: name one as new by --binary FILE (TIDEMARK_STORE_BIN)',
      )
    })
  }
}

type Read = Omit<Entry, 'dump'> & { readonly dump: Buffer | null }

const read = (key: string): string[][] => [
  ['PEXPIRETIME', key],
  ['DUMP', key],
]

function readsOf(keys: readonly string[], answers: readonly RespValue[]): Read[] {
  return keys.map((key, at) => ({
    key: Buffer.from(key, 'latin1'),
    expiresMs: Math.max(0, Number(answers[2 * at])),
    dump: answers[2 * at + 1] as Buffer | null,
  }))
}
