/** One partition as it was observed once, and what is remembered of the times before. */
import type { HaltNote } from '../../store/calls/halt-note.ts'
import type { Position } from '../../store/layout/position.ts'
import type { Damage } from '../wire.ts'

export interface Observation {
  /** Null: never opened, lost, or damaged. */
  readonly position: Position | null
  readonly halt: HaltNote | null
  readonly damage: Damage | null
  /** When its worker last reported, by our clock; null = never. */
  readonly reportedMs: number | null
  /** The greatest `next` that was ever seen of this log. */
  readonly mostNext: number
}

/** How far a log was ever seen to be counted. */
export interface Seen {
  readonly log: string
  readonly next: number
}

export type Found = Pick<Observation, 'position'> & Partial<Observation>

/**
 * A worker lives while what it reports changes. What its clock says is believed only between two looks: after the one before, and not
 * ahead of ours.
 */
export class PartitionObserver {
  #endAtMs: number | null = null
  #reportedMs: number | null = null
  #lookedMs = Number.NEGATIVE_INFINITY
  #position: Position | null = null
  #log = ''
  #mostNext = 0

  /** To be asked before a reading begins: what others find while it is under way is no loss. */
  seen(): Seen {
    return { log: this.#log, next: this.#mostNext }
  }

  /** Where it stood at the last look; null where that was before `sinceMs`, or could not be read. */
  positionSince(sinceMs: number): Position | null {
    return this.#lookedMs < sinceMs ? null : this.#position
  }

  observe(found: Found, nowMs: number, before: Seen): Observation {
    const { position } = found
    if (position !== null) this.#note(position, nowMs)
    this.#lookedMs = nowMs
    this.#position = position
    return {
      halt: null,
      damage: null,
      ...found,
      reportedMs: position?.endAtMs == null ? null : this.#reportedMs,
      mostNext: Math.max(before.log === this.#log ? before.next : 0, position?.state.next ?? 0),
    }
  }

  #note({ cluster, topic, endAtMs, state }: Position, nowMs: number): void {
    const log = JSON.stringify([cluster, topic])
    if (log !== this.#log) [this.#log, this.#mostNext] = [log, 0]
    this.#mostNext = Math.max(this.#mostNext, state.next)
    if (endAtMs === null || endAtMs === this.#endAtMs) return
    this.#reportedMs = Math.min(nowMs, this.#endAtMs === null ? endAtMs : Math.max(endAtMs, this.#lookedMs))
    this.#endAtMs = endAtMs
  }
}
