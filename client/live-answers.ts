/** What a stream told so far, and how far it was: it outlives the stream, and the next one goes on from there. */
import type {
  LiveAnswer,
  LiveBehind,
  LiveError,
  LiveHeartbeat,
  LivePatch,
  LiveProgress,
  LiveReset,
  Problem,
} from '../query-api/wire.ts'
import type { ApiError } from './api-error.ts'
import type { Frame } from './frames.ts'
import { applyPatch } from './patch.ts'
import type { Places } from './places.ts'

export interface LiveHandlers {
  /** Of the query at `q`: the newest answer, whole. */
  answer(q: number, answer: LiveAnswer): void
  /** It cannot be answered now; it may heal. */
  problem?(q: number, problem: Problem): void
  /** The log is read for the first answer: how far. */
  progress?(q: number, progress: LiveProgress['progress']): void
  /** Who answers has counted less than was seen before; its answer comes once that is caught up with, or after some seconds. */
  behind?(q: number, behind: { readonly records: number; readonly seen: number }): void
  /** Every second: the clock of the API. */
  beat?(nowMs: number): void
  /** The stream broke, and is tried again after so long; answers stand still meanwhile. */
  lost?(error: unknown, retryMs: number): void
  /** The API refuses the stream itself: it is not tried again. */
  refused?(error: ApiError): void
}

export class LiveAnswers {
  readonly #handlers: LiveHandlers
  readonly #answers = new Map<number, LiveAnswer>()
  /** Of the last frame that had one; empty where a stream begins anew. */
  cursor = ''

  constructor(handlers: LiveHandlers) {
    this.#handlers = handlers
  }

  /** Throws where a patch has nothing to be laid over. */
  take({ event, data, id }: Frame, places: Places): void {
    const handlers = this.#handlers
    if (event === 'beat') {
      const { nowMs, stream } = JSON.parse(data) as LiveHeartbeat
      if (stream !== undefined) places.named(stream)
      return handlers.beat?.(nowMs)
    }
    const frame = JSON.parse(data) as { q: number }
    const q = places.of(frame.q)
    if (q !== undefined) this.#take(event, q, frame)
    this.cursor = id ?? this.cursor
  }

  forget(q: number): void {
    this.#answers.delete(q)
  }

  #take(event: string, q: number, frame: unknown): void {
    const handlers = this.#handlers
    if (event === 'reset') this.#tell(q, (frame as LiveReset<LiveAnswer>).answer)
    else if (event === 'patch') {
      const last = this.#answers.get(q)
      if (last === undefined || !('series' in last)) {
        this.cursor = ''
        throw new Error('a patch without its answer')
      }
      this.#tell(q, applyPatch(last, frame as LivePatch))
    } else if (event === 'error') {
      this.#answers.delete(q)
      handlers.problem?.(q, (frame as LiveError).problem)
    } else if (event === 'progress') handlers.progress?.(q, (frame as LiveProgress).progress)
    else if (event === 'behind') handlers.behind?.(q, (frame as LiveBehind).behind)
  }

  #tell(q: number, answer: LiveAnswer): void {
    this.#answers.set(q, answer)
    this.#handlers.answer(q, answer)
  }
}
