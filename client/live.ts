/** Answers as they change: one stream of `/v1/live`, whose patches are laid over the answers before, and which comes back by itself. */
import type {
  LiveAnswer,
  LiveError,
  LiveHeartbeat,
  LivePatch,
  LiveProgress,
  LiveReset,
  Problem,
} from '../query-api/wire.ts'
import { ApiError, bodyOf } from './api-error.ts'
import type { Connection } from './connection.ts'
import { readFrames, type Frame } from './frames.ts'
import { applyPatch } from './patch.ts'
import { queryString } from './query-text.ts'

export interface LiveHandlers {
  /** Of the query at `q`: the newest answer, whole. */
  answer(q: number, answer: LiveAnswer): void
  /** It cannot be answered now; it may heal. */
  problem?(q: number, problem: Problem): void
  /** The log is read for the first answer: how far. */
  progress?(q: number, progress: LiveProgress['progress']): void
  /** Every second: the clock of the API. */
  beat?(nowMs: number): void
  /** The stream broke, and is tried again after so long; answers stand still meanwhile. */
  lost?(error: unknown, retryMs: number): void
  /** The API refuses the stream itself: it is not tried again. */
  refused?(error: ApiError): void
}

export interface LiveOptions {
  /** Longest silence of a stream that beats every second, and longest wait for its first word. */
  readonly silenceMs?: number
  readonly patienceMs?: number
}

const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000] as const

/** Each query is written by `queryText`. Until the function that it answers is called. */
export function live(
  { options }: Pick<Connection, 'options'>,
  queries: readonly string[],
  handlers: LiveHandlers,
  { silenceMs = 5000, patienceMs = 15_000 }: LiveOptions = {},
): () => void {
  const { base = '', fetch: given = fetch } = options
  const url = `${base}/v1/live?${queryString({ q: queries })}`
  const closed = new AbortController()
  let failures = 0

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
      try {
        await readOnce(given, url, handlers, attempt.signal, heard)
        throw new Error('the stream ended')
      } catch (error) {
        if (closed.signal.aborted) return
        if (isRefusal(error)) {
          handlers.refused?.(error)
          return
        }
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
  return () => closed.abort(new Error('closed'))
}

async function readOnce(
  given: typeof fetch,
  url: string,
  handlers: LiveHandlers,
  signal: AbortSignal,
  heard: () => void,
): Promise<void> {
  const response = await given(url, { signal, headers: { accept: 'text/event-stream' } })
  if (!response.ok || response.body === null) throw new ApiError(response.status, await bodyOf(response))
  const answers = new Map<number, LiveAnswer>()
  const tell = (q: number, answer: LiveAnswer): void => {
    answers.set(q, answer)
    handlers.answer(q, answer)
  }
  const take = ({ event, data }: Frame): void => {
    heard()
    if (event === 'reset') {
      const { q, answer } = JSON.parse(data) as LiveReset<LiveAnswer>
      tell(q, answer)
    } else if (event === 'patch') {
      const patch = JSON.parse(data) as LivePatch
      const last = answers.get(patch.q)
      // Nothing to lay it over: a new stream begins with whole answers.
      if (last === undefined || !('series' in last)) throw new Error('a patch without its answer')
      tell(patch.q, applyPatch(last, patch))
    } else if (event === 'error') {
      const { q, problem } = JSON.parse(data) as LiveError
      answers.delete(q)
      handlers.problem?.(q, problem)
    } else if (event === 'progress') {
      const { q, progress } = JSON.parse(data) as LiveProgress
      handlers.progress?.(q, progress)
    } else if (event === 'beat') handlers.beat?.((JSON.parse(data) as LiveHeartbeat).nowMs)
  }
  await readFrames(response.body, take, signal)
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
