/** The cells of a partition of which a part is read. */
import type { DamageLog } from '../../store/mirror/damage-log.ts'
import type { HaltNote } from '../../store/calls/halt-note.ts'
import type { Wanted } from '../../store/mirror/mirror-options.ts'
import type { Changes } from '../../store/mirror/change-log.ts'
import type { Position } from '../../store/layout/position.ts'
import type { Hashes } from '../engine/rows/chunks.ts'
import type { PartitionMirror } from '../sources/sources.ts'

export class PartMirror implements PartitionMirror {
  readonly #whole: Pick<PartitionMirror, 'step' | 'changesSince'>
  readonly #real: PartitionMirror
  readonly #hold: <T>(use: (held: Hashes) => T | Promise<T>) => Promise<T>
  readonly #told: (position: Position) => Position

  /** `hold`: nothing changes while it is used. `told`: what is known of it by now. */
  constructor(
    whole: Pick<PartitionMirror, 'step' | 'changesSince'>,
    real: PartitionMirror,
    hold: <T>(use: (held: Hashes) => T | Promise<T>) => Promise<T>,
    told: (position: Position) => Position,
  ) {
    this.#whole = whole
    this.#real = real
    this.#hold = hold
    this.#told = told
  }

  get position(): Position | null {
    const { position } = this.#real
    return position === null ? null : this.#told(position)
  }

  get halt(): HaltNote | null {
    return this.#real.halt
  }

  get damages(): DamageLog {
    return this.#real.damages
  }

  get step(): number {
    return this.#whole.step
  }

  changesSince(step: number): Changes | null {
    return this.#whole.changesSince(step)
  }

  async read<T>(
    _wanted: (held: Hashes) => Wanted,
    use: (position: Position | null, held: Hashes) => T | Promise<T>,
  ): Promise<T> {
    const seen = await this.#real.read(
      () => [],
      (position) => position,
    )
    if (seen === null) return use(null, new Map())
    return this.#hold((held) => use(this.#told(seen), held))
  }
}
