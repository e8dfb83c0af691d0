/** The only file that imports prom-client: the metrics of one process, and what Node and the machine say of it. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export type { Counter, Gauge, Histogram }

/** One row of docs/metrics.md. */
export interface MetricRow {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labels: readonly string[]
}

export interface Metrics {
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>
  /** `collect` is asked at every scrape, on a gauge emptied before; it must not throw. */
  gauge<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    collect: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L>
  histogram<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    buckets: readonly number[],
  ): Histogram<L>
  /** In the Prometheus text format. */
  text(): Promise<string>
  readonly contentType: string
  /** What was declared here; without what Node tells of itself. */
  rows(): readonly MetricRow[]
}

/** Buckets in seconds for what should take about a millisecond, and for what a person waits for. */
export const SHORT_S = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const
export const WAIT_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const

/** A registry of its own, so that two in one process (tests) never meet. */
export function openMetrics(version: string): Metrics {
  const registry = new Registry()
  const rows: MetricRow[] = []
  const declare = <L extends string>(type: string, name: string, help: string, labels: readonly L[]) => {
    rows.push({ name, type, help, labels })
    return { name, help, labelNames: [...labels], registers: [registry] }
  }
  collectDefaultMetrics({ register: registry })
  const metrics: Metrics = {
    counter: (name, help, labels = []) => new Counter(declare('counter', name, help, labels)),
    gauge: (name, help, labels, collect) =>
      new Gauge({
        ...declare('gauge', name, help, labels),
        async collect() {
          this.reset()
          await collect(this)
        },
      }),
    histogram: (name, help, labels, buckets) =>
      new Histogram({ ...declare('histogram', name, help, labels), buckets: [...buckets] }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
    rows: () => rows,
  }
  metrics.gauge(
    'tidemark_build_info',
    'Always 1; which Tidemark this is, on which Node.',
    ['version', 'nodejs'],
    (gauge) => gauge.set({ version, nodejs: process.versions.node }, 1),
  )
  return metrics
}
