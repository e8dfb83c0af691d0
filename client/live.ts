/** Answers as they change: one stream of `/v1/live`, whose patches are laid over the answers before, and which comes back by itself. */
import { ApiError, bodyOf } from './api-error.ts'
import type { Connection } from './connection.ts'
import { readFrames } from './frames.ts'
import { LiveAnswers } from './live-answers.ts'
import type { LiveHandlers } from './live-handlers.ts'
import { Places } from './places.ts'
import { queryString } from './query-text.ts'

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

/** Each query is written by `queryText`. Until the function that it answers is called. */
export function live(
  connection: Pick<Connection, 'options'>,
  queries: readonly string[],
  handlers: LiveHandlers,
  { silenceMs = 5000, patienceMs = 15_000 }: LiveOptions = {},
): LiveStream {
  const { base = '', fetch: given = fetch } = connection.options
  const closed = new AbortController()
  const wanted = new Map(queries.entries())
  const answers = new LiveAnswers(handlers)
  let places: Places | null = null
  let [failures, next] = [0, queries.length]

  const run = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      const attempt = new AbortController()
      const give = (): void => attempt.abort(closed.signal.reason)
      closed.signal.addEventListener('abort', give, { once: true })
      let timer = setTimeout(() => attempt.abort(new Error('the stream is silent')), patienceMs)
      const heard = (): void => {
        failures = 0
        clearTimeout(timer)
        timer = setTimeout(() => attempt.abort(new Error('the stream is silent')), silenceMs)
      }
      const mine = new Places(wanted, async (change) => {
        const response = await given(`${base}/v1/live`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(change),
          signal: attempt.signal,
        })
        if (!response.ok) attempt.abort(new ApiError(response.status, await bodyOf(response)))
      })
      places = mine
      try {
        const cursor = answers.cursor === '' ? {} : { cursor: answers.cursor }
        const response = await given(
          `${base}/v1/live?${queryString({ q: [...wanted.values()], ...cursor })}`,
          { signal: attempt.signal, headers: { accept: 'text/event-stream' } },
        )
        if (!response.ok || response.body === null)
          throw new ApiError(response.status, await bodyOf(response))
        await readFrames(response.body, (frame) => (heard(), answers.take(frame, mine)), attempt.signal)
        throw new Error('the stream ended')
      } catch (error) {
        if (closed.signal.aborted) return
        if (isRefusal(error) && !attempt.signal.aborted) return void handlers.refused?.(error)
        const retryMs = BACK_OFF_MS[Math.min(failures++, BACK_OFF_MS.length - 1)]!
        handlers.lost?.(error, retryMs)
        await pause(retryMs, closed.signal)
      } finally {
        clearTimeout(timer)
        closed.signal.removeEventListener('abort', give)
      }
    }
  }
  void run()
  return Object.assign(() => closed.abort(new Error('closed')), {
    add(query: string): number {
      wanted.set(next, query)
      places?.follow()
      return next++
    },
    remove(q: number): void {
      wanted.delete(q)
      answers.forget(q)
      places?.follow()
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
