/** The cells that a scan has made of one partition, kept as a mirror of the store would be, and at the very offset where the store's stands. */
import type { Cell } from '../../model/measures.ts'
import type { Source } from '../../model/definition.ts'
import { DAY_MS } from '../../model/chunk.ts'
import { ChangeLog, type Changes } from '../../store/mirror/change-log.ts'
import type { DamageLog } from '../../store/mirror/damage-log.ts'
import type { HaltNote } from '../../store/calls/halt-note.ts'
import type { Position } from '../../store/layout/position.ts'
import type { Wanted } from '../../store/mirror/mirror-options.ts'
import { Slice } from '../../store/mirror/slices.ts'
import { Chunks, type Hashes } from '../engine/rows/chunks.ts'
import { decoderFor } from '../sources/decoder.ts'
import type { PartitionMirror } from '../sources/sources.ts'
import type { HashChange } from './kept-cells.ts'
import { PartMirror } from './part-mirror.ts'

/** What is new of a partition up to an offset, and the position as the log still tells it. */
export interface Brought {
  readonly changes: readonly HashChange[]
  readonly position: Position
  /** Nobody asks for what is before. */
  readonly fromMs: number
}

type Hash = Map<string, number | Cell | string>

export class LogMirror implements PartitionMirror {
  readonly #real: PartitionMirror
  readonly #bring: (position: Position) => Promise<Brought>
  readonly #decode: ReturnType<typeof decoderFor>
  readonly #chunks: Chunks
  readonly #intervalMs: number
  readonly #held = new Map<string, Hash>()
  readonly #log = new ChangeLog()
  #position: Position | null = null
  #fromMs = 0
  #turn: Promise<unknown> = Promise.resolve()
  /** What is held is changed, and looked at while a part is read, one at a time. */
  #holding: Promise<unknown> = Promise.resolve()

  /** `source`: as it is counted by the scan. */
  constructor(real: PartitionMirror, source: Source, bring: (position: Position) => Promise<Brought>) {
    this.#real = real
    this.#bring = bring
    this.#decode = decoderFor(source)
    this.#chunks = new Chunks(source.breakdowns.at(-1)!, source.intervals[0]!)
    this.#intervalMs = source.intervals[0]!.ms
  }

  get position(): Position | null {
    return this.#position ?? this.#real.position
  }

  get halt(): HaltNote | null {
    return this.#real.halt
  }

  get damages(): DamageLog {
    return this.#real.damages
  }

  get step(): number {
    return this.#log.step
  }

  changesSince(step: number): Changes | null {
    return this.#log.since(step)
  }

  read<T>(
    _wanted: (held: Hashes) => Wanted,
    use: (position: Position | null, held: Hashes) => T | Promise<T>,
  ): Promise<T> {
    const read = this.#turn.then(async () => {
      const seen = await this.#real.read(
        () => [],
        (position) => position,
      )
      if (seen === null) return use(null, new Map())
      const { changes, position, fromMs } = await this.#bring(seen)
      await this.#alone(async () => {
        await this.#take(changes)
        this.#trim(fromMs)
      })
      this.#position = position
      // All that may be wanted is held, and how much that is was bounded when it was made.
      return use(position, this.#held)
    })
    this.#turn = read.catch(() => undefined)
    return read
  }

  /** While it is read for the first time: what is new of the part that is. */
  takePart(changes: readonly HashChange[]): Promise<void> {
    return this.#alone(() => this.#take(changes))
  }

  /** The same cells as a mirror of the part that is read: it stands where `told` says. */
  part(told: (position: Position) => Position): PartitionMirror {
    return new PartMirror(this, this.#real, async (use) => this.#alone(async () => use(this.#held)), told)
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#holding.then(work)
    this.#holding = done.catch(() => undefined)
    return done
  }

  async #take(changes: readonly HashChange[]): Promise<void> {
    if (changes.length === 0) return
    this.#log.begin()
    const slice = new Slice()
    for (const { suffix, fields, lengths, bytes, gone } of changes) {
      let hash = this.#held.get(suffix)
      if (hash === undefined) this.#held.set(suffix, (hash = new Map()))
      const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      let at = 0
      for (const [n, field] of fields.entries()) {
        hash.set(field, this.#decode(suffix, field, all.subarray(at, (at += lengths[n]!))))
        this.#log.note(suffix, field)
      }
      for (const field of gone) if (hash.delete(field)) this.#log.note(suffix, field)
      if (slice.isOver) await slice.next()
    }
  }

  #trim(fromMs: number): void {
    if (fromMs <= this.#fromMs) return
    this.#fromMs = fromMs
    for (const suffix of this.#held.keys()) {
      const chunk = this.#chunks.parse(suffix)
      const endMs =
        chunk === null
          ? (Number(suffix.slice(suffix.lastIndexOf(':') + 1)) + 1) * DAY_MS
          : this.#chunks.windows(chunk)[1] * this.#intervalMs
      if (endMs <= fromMs) this.#held.delete(suffix)
    }
  }
}
