/** What a serve process counts of itself. Routes are those of our own table: what a reader writes never becomes a label. */
import type { ApiInstrumentation } from '../../query-api/instrumentation.ts'
import type { Store } from '../../store/connection/connection.ts'
import { storeError } from '../../store/errors.ts'
import type { ReadFrom } from '../../store/replica-reads.ts'
import { SHORT_S, WAIT_S, type Metrics } from './registry.ts'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS'])

export function serveMetrics(metrics: Metrics): Required<ApiInstrumentation> {
  const requests = metrics.histogram(
    'tidemark_http_request_seconds',
    'Answered requests by route and status; live streams are not among them.',
    ['method', 'route', 'status'],
    WAIT_S,
  )
  const computed = metrics.histogram(
    'tidemark_live_frame_seconds',
    'One computation of a live query and its frames, for all who look at it.',
    ['kind'],
    WAIT_S,
  )
  let read = (): { streams: number; queries: number } => ({ streams: 0, queries: 0 })
  metrics.gauge(
    'tidemark_live_streams',
    'Open live streams; at most 1500, and 750 of one address.',
    [],
    (gauge) => gauge.set(read().streams),
  )
  metrics.gauge(
    'tidemark_live_queries',
    'Different queries that live streams look at; at most 200, and 100 of one address.',
    [],
    (gauge) => gauge.set(read().queries),
  )
  return {
    answered: ({ method, route, status, ms }) =>
      requests.observe(
        { method: METHODS.has(method) ? method : 'other', route: nameOf(route), status: String(status) },
        ms / 1000,
      ),
    computed: ({ kind, ms }) => computed.observe({ kind }, ms / 1000),
    live: (reader) => void (read = reader),
  }
}

/** Files of the page are one route. */
function nameOf(route: string | null): string {
  if (route === null) return 'none'
  return /^\/(v\d+\/|livez$|readyz$|metrics$|openapi)/.test(route) ? route : 'page'
}

/** The same store, its round trips counted. */
export function timedStore(store: Store, metrics: Metrics): Store {
  const seconds = metrics.histogram(
    'tidemark_store_call_seconds',
    'Round trips to the store: a function, a pipeline.',
    ['call'],
    SHORT_S,
  )
  const errors = metrics.counter(
    'tidemark_store_errors_total',
    'Round trips that failed, by the code of the error.',
    ['code'],
  )
  const timed =
    <A extends unknown[], R>(call: string, work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const done = seconds.startTimer({ call })
      try {
        return await work(...args)
      } catch (error) {
        errors.inc({ code: storeError(error).code })
        throw error
      } finally {
        done()
      }
    }
  return {
    ...store,
    call: timed('call', store.call),
    callEncoded: timed('call', store.callEncoded),
    pipeline: timed('pipeline', store.pipeline),
    each: timed('pipeline', store.each),
  }
}

/** Where reads are spread over replicas: whose answer it was. */
export function readsMetric(metrics: Metrics): (from: ReadFrom) => void {
  const reads = metrics.counter(
    'tidemark_store_reads_total',
    'Reads of the store with --store-reads replica, by who answered: a replica, the primary, or others while the primary was away.',
    ['from'],
  )
  return (from) => reads.inc({ from })
}
