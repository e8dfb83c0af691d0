import type { MappingFile } from './mapping.ts'

/** Mappings for two public data sets, in the very form of a `--mapping` file. */
export const presets = {
  /** Numenta Anomaly Benchmark: one CSV a device, `timestamp,value`, times in UTC. */
  nab: {
    topic: 'readings',
    key: 'device',
    time: { column: 'timestamp', field: 'ts', utc: true },
    fields: {
      device: { file: 'name' },
      site: { file: 'prefix' },
      signal: { file: 'middle' },
      value: { column: 'value', as: 'number' },
    },
  },
  /** Web server log as tab-separated text: time_ms, visitor, method, path, status, bytes, referrer, user_agent. */
  weblog: {
    topic: 'clicks',
    key: 'visitor',
    time: { column: 'time_ms', field: 'ts' },
    fields: {
      type: { set: 'page_view' },
      path: { column: 'path', maxBytes: 1_024 },
      visitor: { column: 'visitor' },
      referrer: { column: 'referrer', as: 'host' },
      device: { column: 'user_agent', as: 'device' },
    },
  },
} as const satisfies Record<string, MappingFile>

export type PresetName = keyof typeof presets
