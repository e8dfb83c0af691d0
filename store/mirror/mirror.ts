/**
 * A mirror of some hashes of one partition, exact at one offset.
 *
 * Why it is exact. Every step is one moment of the store (moment.ts): `pos`, the feed after the offset `at` where the mirror stands, and
 * hashes asked for that it does not hold. Values and offset move together there (law L1), so the hashes read are the fold of the log up
 * to `next` of `pos`. Those held are the fold up to `at`; the feed after `at` carries, as absolute values, every change since. Put in, all
 * stand at `next`. Callers look synchronously, before the next step.
 *
 * - Gap: the feed is trimmed from its old end. While an entry at or below `at` is still there, or the first one after it begins at or
 *   below `at`, nothing in between is missing (a batch that changed nothing leaves no entry, so bases need not join). Else all is dropped
 *   and read again.
 * - Rewind: `next` below `at`: all is dropped, and the mirror starts again at the store's position. If the store fell back and passed `at`
 *   again unseen, the feed holds an entry with `base <= at < next`, or begins there: its absolute values are what the first pass wrote,
 *   because they are a function of the log alone.
 * - `def`, `rev`, `first`, cluster or topic changed: another history, or a write that no feed told of: all is dropped.
 * - Unlinked chunks are in no feed. The mirror may hold them longer; callers mask what is no longer kept (law L11).
 * - A hash that cannot be read fails those who ask for it and nobody else. A feed that cannot be read is a gap.
 * Callers that keep what they made of the hashes ask {@link Mirror.changesSince} and redo only that.
 * Every queue has a limit: feed entries a step, hashes a step, bytes held, rounds a caller waits, changes remembered.
 */
import { ChangeLog, type Changes } from './change-log.ts'
import type { Command } from '../connection/connection.ts'
import { DamageLog } from './damage-log.ts'
import { damaged, StoreError, type DamagedKey } from '../errors.ts'
import type { HaltNote } from '../calls/halt-note.ts'
import { HeldHashes } from './mirror-held.ts'
import type { Held, MirrorOptions, Waiter, Wanted } from './mirror-options.ts'
import { readMoment } from './moment.ts'
import type { Position } from '../layout/position.ts'
import { readChanges } from '../layout/changes.ts'
import { decodeHash, entriesBetween, feedAfter, isWhere } from './mirror-steps.ts'
import type { StreamEntry } from '../read-feed.ts'
import { Slice } from './slices.ts'
import { FEED_ENTRIES, FEED_KEPT_MS } from '../layout/feed.ts'

export type { Held, MirrorOptions }

/** A step that fits one read of the server's is carried out in one go. */
const HASHES_A_STEP = 128
/** So many that found nothing make the next one look before it reads. */
const RESTED = 3
/** Enough for the largest question, some gaps in between included. */
const MAX_ROUNDS = 400
export class Mirror<V> {
  readonly #options: Required<MirrorOptions<V>>
  readonly #held: HeldHashes<V>
  #position: Position | null = null
  #halt: HaltNote | null = null
  /** Of the last step: hashes that were asked for and cannot be read. */
  readonly #bad = new Map<string, DamagedKey>()
  /** Keys of the partition that could not be read lately, by whomever. */
  readonly damages: DamageLog
  #waiters: Waiter<V>[] = []
  #running = false
  #steppedAtMs = 0
  /** Steps in a row that found the partition where it was. */
  #rested = 0
  readonly #log = new ChangeLog()

  constructor(options: MirrorOptions<V>) {
    this.#options = {
      maxBytes: 64 * 2 ** 20,
      maxFeedEntries: FEED_ENTRIES,
      idleMs: FEED_KEPT_MS,
      now: Date.now,
      ...options,
    }
    this.#held = new HeldHashes(this.#options)
    this.damages = new DamageLog(this.#options.now)
  }

  /** Of the last step; null before the first, or where the partition was never opened. */
  get position(): Position | null {
    return this.#position
  }

  /** What the worker left when it stopped for good, as of the last step. */
  get halt(): HaltNote | null {
    return this.#halt
  }

  /** The step whose state `use` sees; a reader's mark for {@link Mirror.changesSince}. */
  get step(): number {
    return this.#log.step
  }

  /** What changed in held hashes after a step; null where that is no longer known, and everything may have. */
  changesSince(step: number): Changes | null {
    return this.#log.since(step)
  }

  /**
   * Asks `wanted` which hashes are needed, given what is held, until all are there; then `use` sees them, all at the offset of `position`
   * (null: the partition was never opened, and nothing is held). A hash that is absent in the store has no fields. Nothing moves until
   * `use` is done, also where it is so only later; it keeps none of the maps. The store is always asked, so an answer is never older than the call. Rejects with what `wanted` or `use`
   * threw, or with a StoreError.
   */
  read<T>(
    wanted: (held: Held<V>) => Wanted,
    use: (position: Position | null, held: Held<V>) => T | Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, fail) => {
      this.#waiters.push({
        wanted,
        use: async (position) => resolve(await use(position, this.#held.all)),
        fail,
        missing: [],
        rounds: 0,
      })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    await new Promise(setImmediate) // callers of one turn share the step
    while (this.#waiters.length > 0) {
      const asked = this.#waiters.splice(0).filter((waiter) => this.#findMissing(waiter))
      try {
        if (asked.length > 0) await this.#take(new Set(asked.flatMap(({ missing }) => missing)))
      } catch (error) {
        for (const { fail } of asked) fail(error)
        continue
      }
      const open: Waiter<V>[] = []
      for (const waiter of asked) if (!(await this.#settle(waiter))) open.push(waiter)
      this.#waiters.unshift(...open)
      if (open.length === 0) this.#held.evict()
    }
    this.#running = false
  }

  /** False where the waiter was turned away. */
  #findMissing(waiter: Waiter<V>): boolean {
    try {
      waiter.missing = waiter.wanted(this.#held.all).flatMap((list) => this.#held.missingOf(list))
      return true
    } catch (error) {
      waiter.fail(error)
      return false
    }
  }

  /** True where the waiter has its answer, of whatever kind. */
  async #settle(waiter: Waiter<V>): Promise<boolean> {
    if (this.#position !== null) {
      if (!this.#findMissing(waiter)) return true
      const bad = waiter.missing.find((suffix) => this.#bad.has(suffix))
      if (bad !== undefined) {
        const { key, field, why } = this.#bad.get(bad)!
        waiter.fail(damaged(key, field, why))
        return true
      }
      if (waiter.missing.length > 0) {
        if (++waiter.rounds < MAX_ROUNDS) return false
        waiter.fail(
          new StoreError('STORE_BUSY', `${this.#options.keys.pos} moves faster than it can be read`),
        )
        return true
      }
      this.#held.touch(() => waiter.wanted(this.#held.all))
    }
    try {
      await waiter.use(this.#position)
    } catch (error) {
      waiter.fail(error)
    }
    return true
  }

  /** Brings everything held to one new offset, and some of `missing` with it. */
  async #take(missing: ReadonlySet<string>): Promise<void> {
    const { store, keys, source, maxFeedEntries, idleMs, now } = this.#options
    if (now() - this.#steppedAtMs > idleMs) this.#drop()
    this.#steppedAtMs = now()
    if (missing.size === 0 && this.#rested >= RESTED && (await this.#rests())) return
    const suffixes = [...missing].slice(0, HASHES_A_STEP)
    const at = this.#held.all.size > 0 ? this.#position : null
    const following: Command[] =
      at === null
        ? []
        : [
            ['XREVRANGE', keys.feed, `${at.state.next}-0`, '-', 'COUNT', 1],
            feedAfter(at, keys, maxFeedEntries),
          ]
    this.#bad.clear()
    let hasBegun = false
    try {
      const { position, halt, fixed, some } = await readMoment(
        store,
        keys,
        source,
        following,
        suffixes.map((suffix): Command => ['HGETALL', keys.of(suffix)]),
      )
      hasBegun = true
      this.#log.begin()
      const slice = new Slice()
      if (at !== null && !(position !== null && (await this.#canFollow(at, position, fixed, slice))))
        this.#drop()
      this.#rested = at !== null && position !== null && isWhere(at, position) ? this.#rested + 1 : 0
      this.#position = position
      this.#halt = halt
      if (position === null) return
      for (const [n, reply] of some.entries()) await this.#hold(suffixes[n]!, reply, slice)
    } catch (error) {
      // Where the store was away nothing has changed here.
      if (hasBegun || !(error instanceof StoreError && error.retry)) this.#drop()
      throw error
    }
  }

  /**
   * A partition that rested lately is asked where it stands and what came since, which is mostly nothing: the entry before is only needed where
   * the first new one does not begin at or below the place where the mirror stands. False: a whole step has to say.
   */
  async #rests(): Promise<boolean> {
    const { store, keys, source, maxFeedEntries } = this.#options
    const at = this.#position
    if (at === null) return false
    const after = feedAfter(at, keys, maxFeedEntries)
    const look = await readMoment(store, keys, source, [after]).catch(() => null) // what is wrong shows in a whole step
    if (look?.position == null) return false
    if (!isWhere(at, look.position)) {
      this.#rested = 0
      this.#log.begin()
      if (!(await this.#canFollow(at, look.position, [[], look.fixed[0]], new Slice()))) return false
    }
    this.#bad.clear()
    this.#position = look.position
    this.#halt = look.halt
    return true
  }

  async #canFollow(
    at: Position,
    position: Position,
    [before, after]: readonly unknown[],
    slice: Slice,
  ): Promise<boolean> {
    const { keys, maxFeedEntries } = this.#options
    try {
      const unread = [before, after].find((reply) => reply instanceof StoreError)
      if (unread !== undefined) throw unread as StoreError
      const entries = entriesBetween(
        at,
        position,
        before as StreamEntry[],
        after as StreamEntry[],
        maxFeedEntries,
      )
      for (const { cells } of entries ?? []) {
        readChanges(
          cells,
          (suffix, field, value) => this.#put(suffix, field, value),
          (suffix) => this.#held.all.has(suffix),
        )
        if (slice.isOver) await slice.next()
      }
      return entries !== null
    } catch (error) {
      this.damages.note('feed', {
        key: keys.feed,
        field: null,
        why: `cannot be read (${(error as Error).message})`,
      })
      return false // all is read again, where what is wrong with it shows
    }
  }

  #put(suffix: string, field: string, value: Buffer): void {
    this.#log.note(suffix, field)
    this.#held.put(suffix, field, this.#options.decode(suffix, field, value))
  }

  async #hold(suffix: string, reply: unknown, slice: Slice): Promise<void> {
    const { decode, keys } = this.#options
    const hash = await decodeHash(
      keys.of(suffix),
      reply,
      (field, value) => decode(suffix, field, value),
      slice,
    )
    if (!(hash instanceof Map)) {
      this.#bad.set(suffix, hash)
      this.damages.note(suffix, hash)
      return
    }
    this.damages.forget(suffix)
    this.#held.hold(suffix, hash)
    this.#log.note(suffix, null)
  }

  #drop(): void {
    this.#held.clear()
    this.#position = null
    this.#log.forget()
  }
}
