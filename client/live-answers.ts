/** What a stream told so far, and how far it was: it outlives the stream, and the next one goes on from there. */
import type {
  LiveAnswer,
  LiveBehind,
  LiveError,
  LiveHeartbeat,
  LivePatch,
  LiveProgress,
  LiveReset,
} from '../query-api/wire.ts'
import type { Frame } from './frames.ts'
import type { LiveHandlers } from './live-handlers.ts'
import { applyPatch } from './patch.ts'
import type { Places } from './places.ts'

export class LiveAnswers {
  readonly #handlers: LiveHandlers
  readonly #answers = new Map<number, LiveAnswer>()
  /** Queries that were answered, or told why not. */
  readonly #told = new Set<number>()
  /** Of the last frame that had one; empty where a stream begins anew. */
  #cursor = ''

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
    this.#cursor = id ?? this.#cursor
  }

  /** Where a stream with these queries goes on; empty where one of them was told nothing that patches could be laid over. */
  cursorFor(queries: Iterable<number>): string {
    return [...queries].every((q) => this.#told.has(q)) ? this.#cursor : ''
  }

  forget(q: number): void {
    this.#told.delete(q)
    this.#answers.delete(q)
  }

  #take(event: string, q: number, frame: unknown): void {
    const handlers = this.#handlers
    if (event === 'reset') this.#tell(q, (frame as LiveReset<LiveAnswer>).answer)
    else if (event === 'patch') {
      const last = this.#answers.get(q)
      if (last === undefined || !('series' in last)) {
        this.#cursor = ''
        throw new Error('a patch without its answer')
      }
      this.#tell(q, applyPatch(last, frame as LivePatch))
    } else if (event === 'error') {
      this.#answers.delete(q)
      this.#told.add(q)
      handlers.problem?.(q, (frame as LiveError).problem)
    } else if (event === 'progress') handlers.progress?.(q, (frame as LiveProgress).progress)
    else if (event === 'behind') handlers.behind?.(q, (frame as LiveBehind).behind)
  }

  #tell(q: number, answer: LiveAnswer): void {
    this.#answers.set(q, answer)
    this.#told.add(q)
    this.#handlers.answer(q, answer)
  }
}
