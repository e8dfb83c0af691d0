/** Answers as they change: one stream of `/v1/live`, whose patches are laid over the answers before, and which comes back by itself. */
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { LiveAnswers } from './live-answers.ts'
import type { LiveHandlers } from './live-handlers.ts'
import { OneStream, StreamMoved } from './one-stream.ts'

export interface LiveOptions {
  /** Longest silence of a stream that beats every second, and longest wait for its first word. */
  readonly silenceMs?: number
  readonly patienceMs?: number
}

/** Ends it. */
export interface LiveStream {
  (): void
  /** One more query, on the same stream; answers its `q`. */
  add(query: string): number
  remove(q: number): void
}

const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000] as const
/** A stream that is in another process is opened anew at once, but only so often. */
const MOVES_APART_MS = 5000

/** Each query is written by `queryText`. Until the function that it answers is called. */
export function live(
  connection: Pick<Connection, 'options'>,
  queries: readonly string[],
  handlers: LiveHandlers,
  { silenceMs = 5000, patienceMs = 15_000 }: LiveOptions = {},
): LiveStream {
  const closed = new AbortController()
  const wanted = new Map(queries.entries())
  const answers = new LiveAnswers(handlers)
  let stream: OneStream | null = null
  let [failures, next, movedMs] = [0, queries.length, Number.NEGATIVE_INFINITY]

  const run = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      const mine = new OneStream(connection.options, wanted)
      stream = mine
      const silent = (): void => mine.end(new Error('the stream is silent'))
      const give = (): void => mine.end(closed.signal.reason)
      closed.signal.addEventListener('abort', give, { once: true })
      let timer = setTimeout(silent, patienceMs)
      let isHeard = false
      try {
        await mine.run(answers.cursorFor(wanted.keys()), (frame, places) => {
          ;[failures, isHeard] = [0, true]
          clearTimeout(timer)
          timer = setTimeout(silent, silenceMs)
          answers.take(frame, places)
        })
      } catch (error) {
        if (closed.signal.aborted) return
        if (!isHeard && isRefusal(error)) return void handlers.refused?.(error)
        // Where each request reaches another process, not again and again.
        if (error instanceof StreamMoved && performance.now() - movedMs > MOVES_APART_MS) {
          movedMs = performance.now()
          continue
        }
        const retryMs = BACK_OFF_MS[Math.min(failures++, BACK_OFF_MS.length - 1)]!
        handlers.lost?.(error, retryMs)
        await pause(retryMs, closed.signal)
      } finally {
        clearTimeout(timer)
        closed.signal.removeEventListener('abort', give)
        mine.end(new Error('the stream ended'))
      }
    }
  }
  void run()
  return Object.assign(() => closed.abort(new Error('closed')), {
    add(query: string): number {
      wanted.set(next, query)
      stream?.follow()
      return next++
    },
    remove(q: number): void {
      wanted.delete(q)
      answers.forget(q)
      stream?.follow()
    },
  })
}

/** Asked again it would be refused again. */
const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
