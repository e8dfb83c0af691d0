/** Metrics and a live probe for the engines of one machine: the process itself, and what its command adds. */
import type { Flag, FlagValues } from '../args/flags.ts'
import { readNumber } from '../args/values.ts'
import { readVersion } from '../args/version.ts'
import { startMetricsServer } from './metrics-server.ts'
import type { Metrics } from './registry.ts'

export const plainMetricsFlags = {
  'metrics-port': {
    argument: 'PORT',
    description: 'serve /metrics and /livez on 127.0.0.1; 0 = not at all (0)',
  },
} satisfies Record<string, Flag>

/** The port that `--metrics-port` names; 0 = none. Throws CommandError. */
export function readMetricsPort(values: FlagValues): number {
  return readNumber('metrics-port', String(values['metrics-port'] ?? '0'), {
    least: 0,
    most: 65_535,
    whole: true,
  })
}

/** Answers how it ends. An engine that serves is ready: /readyz says the same as /livez. */
export async function servePlainMetrics(
  port: number,
  declare: (metrics: Metrics) => void = () => {},
): Promise<() => Promise<void>> {
  if (port === 0) return async () => {}
  const { openMetrics } = await import('./registry.ts') // a broker without metrics needs no package at all
  const metrics = openMetrics(await readVersion())
  declare(metrics)
  const server = await startMetricsServer({ host: '127.0.0.1', port, metrics, whyNotReady: async () => [] })
  return () => server.close()
}

/** How often the supervised store server fell and came back, or tried to. */
export function storeServerMetrics(metrics: Metrics, restarts: () => number): void {
  metrics.gauge(
    'tidemark_store_server_restarts',
    'Times the supervised store server was started again.',
    [],
    (gauge) => gauge.set(restarts()),
  )
}

/** Of a local cluster: nodes that did not come back. */
export function replacedMetric(metrics: Metrics, replaced: () => number): void {
  metrics.gauge(
    'tidemark_store_server_replaced',
    'Nodes of the local store that did not come back and were replaced by new ones.',
    [],
    (gauge) => gauge.set(replaced()),
  )
}
